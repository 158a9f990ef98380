//! The simple handshake (section 5.2), both sides.
//!
//! Encoders that begin with the digest form fall back to this one when the server answers it. Of what a peer must
//! echo nothing is checked: real encoders echo this and that.

use bytes::BufMut;

/// Length of C1, S1, C2 and S2.
const PACKET: usize = 1_536;

const VERSION: u8 = 3;

/// The peer speaks another version than 3, or something else than RTMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("RTMP version {0} is not supported")]
pub struct UnsupportedVersion(pub u8);

/// A side's progress: what it still has to read.
#[derive(Debug)]
pub struct Handshake {
    state: State,
    /// C1 or S1 as far as it came, for the echo.
    peer: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Version,
    First,
    /// So many bytes of the second packet are still to come.
    Second(usize),
    Done,
}

impl Handshake {
    /// The server's side, which speaks when it was spoken to.
    pub const fn server() -> Self {
        Self {
            state: State::Version,
            peer: Vec::new(),
        }
    }

    /// The client's side, which begins with C0 and C1.
    pub fn client(out: &mut impl BufMut) -> Self {
        greet(out);
        Self::server()
    }

    /// Bytes that are kept for the echo.
    pub const fn kept(&self) -> usize {
        self.peer.capacity()
    }

    /// Takes the handshake's bytes off the front of `input`, writes what has to be answered, and says whether the
    /// handshake is over; what is then left in `input` belongs to the chunk stream.
    pub fn advance(
        &mut self,
        input: &mut &[u8],
        server: bool,
        out: &mut impl BufMut,
    ) -> Result<bool, UnsupportedVersion> {
        loop {
            match self.state {
                State::Version => {
                    let Some((version, rest)) = input.split_first() else {
                        return Ok(false);
                    };
                    if *version != VERSION {
                        return Err(UnsupportedVersion(*version));
                    }
                    *input = rest;
                    self.state = State::First;
                }
                State::First => {
                    let missing = PACKET - self.peer.len();
                    let (piece, rest) = input.split_at(missing.min(input.len()));
                    self.peer.extend_from_slice(piece);
                    *input = rest;
                    if self.peer.len() < PACKET {
                        return Ok(false);
                    }
                    if server {
                        greet(out);
                    }
                    out.put_slice(&std::mem::take(&mut self.peer));
                    self.state = State::Second(PACKET);
                }
                State::Second(missing) => {
                    let skipped = missing.min(input.len());
                    *input = input.split_at(skipped).1;
                    if skipped < missing {
                        self.state = State::Second(missing - skipped);
                        return Ok(false);
                    }
                    self.state = State::Done;
                }
                State::Done => return Ok(true),
            }
        }
    }
}

/// Version, time (our epoch: 0), zero (which says that this is the simple form), filling.
fn greet(out: &mut impl BufMut) {
    out.put_u8(VERSION);
    out.put_bytes(0, 8);
    out.put_bytes(0x5a, PACKET - 8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_come_to_an_end_byte_by_byte() {
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        let mut client = Handshake::client(&mut to_server);
        let mut server = Handshake::server();
        for byte in to_server.clone() {
            assert_eq!(
                server.advance(&mut [byte].as_slice(), true, &mut to_client),
                Ok(false)
            );
        }
        assert_eq!(to_client.len(), 1 + 2 * PACKET);
        let mut answer = Vec::new();
        for (at, byte) in to_client.iter().enumerate() {
            let done = client.advance(&mut [*byte].as_slice(), false, &mut answer);
            assert_eq!(done, Ok(at == 2 * PACKET));
        }
        assert_eq!(answer.len(), PACKET);
        answer.push(7);
        let mut rest = answer.as_slice();
        assert_eq!(server.advance(&mut rest, true, &mut to_client), Ok(true));
        assert_eq!(rest, [7]);
    }

    #[test]
    fn other_versions_are_refused() {
        let mut out = Vec::new();
        let refusal = Handshake::server().advance(&mut b"GET / HTTP/1.1".as_slice(), true, &mut out);
        assert_eq!(refusal, Err(UnsupportedVersion(b'G')));
        assert!(out.is_empty());
    }

    #[test]
    fn server_echoes_what_the_client_sent() {
        let mut out = Vec::new();
        let hello: Vec<u8> = std::iter::once(3)
            .chain((0..PACKET).map(|at| u8::try_from(at % 256).unwrap()))
            .collect();
        Handshake::server()
            .advance(&mut hello.as_slice(), true, &mut out)
            .unwrap();
        assert_eq!(out[1 + PACKET..], hello[1..]);
    }
}
