//! Chunks in, messages out, within bounds.

use bytes::Bytes;

use super::{EXTENDED, INITIAL_CHUNK_SIZE, MAX_CHUNK_SIZE};
use crate::rtmp::message::{Message, kind};

/// What a peer may make a decoder keep.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one message.
    pub message: usize,
    /// Bytes of all unfinished messages together.
    pub unfinished: usize,
    /// Chunk streams ever used.
    pub chunk_streams: usize,
}

impl Default for Limits {
    /// Of a publisher that was let in: one message of 8 MiB, a little beside it, and 64 chunk streams.
    fn default() -> Self {
        Self {
            message: 8 << 20,
            unfinished: 9 << 20,
            chunk_streams: 64,
        }
    }
}

/// How a chunk stream broke the protocol or a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// The first chunk of a chunk stream leaves out what only an earlier one could tell.
    #[error("a chunk stream begins without a full header")]
    NoHeader,
    /// A message begins where another one is unfinished.
    #[error("a message begins inside another one of its chunk stream")]
    Overlap,
    /// A message is longer than the bound.
    #[error("a message of {0} bytes is too long")]
    MessageTooLong(u32),
    /// Unfinished messages take up more than the bound.
    #[error("too much of unfinished messages")]
    TooMuchUnfinished,
    /// More chunk streams than the bound.
    #[error("too many chunk streams")]
    TooManyChunkStreams,
    /// A chunk size of nothing, or beyond the bound.
    #[error("chunk size {0} is out of range")]
    ChunkSize(u32),
    /// A protocol control message is too short.
    #[error("a protocol control message is cut off")]
    Truncated,
}

/// The longest header: three bytes that name the chunk stream, eleven of the message, four of extended timestamp.
const MAX_HEADER: usize = 18;

/// Puts messages together out of chunks.
#[derive(Debug)]
pub struct ChunkDecoder {
    limits: Limits,
    chunk_size: usize,
    streams: Vec<ChunkStream>,
    /// The stream whose chunk is being read, and how many bytes of the chunk are still to come.
    body: Option<(usize, usize)>,
    unfinished: usize,
    /// The beginning of a header whose rest has not come yet.
    carried: [u8; MAX_HEADER],
    carried_len: usize,
}

#[derive(Debug, Default)]
struct ChunkStream {
    id: u32,
    kind: u8,
    stream_id: u32,
    length: u32,
    timestamp: u32,
    /// What the last header's timestamp field stood for; a chunk of type 3 that begins a message adds it again.
    delta: u32,
    /// The last header had the extended field.
    extended: bool,
    payload: Vec<u8>,
    in_message: bool,
}

/// One read header.
struct Header {
    stream: usize,
    size: usize,
}

impl ChunkDecoder {
    /// A decoder at the beginning of a connection.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk_size: INITIAL_CHUNK_SIZE,
            streams: Vec::new(),
            body: None,
            unfinished: 0,
            carried: [0; MAX_HEADER],
            carried_len: 0,
        }
    }

    /// Changes the bounds from here on.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Bytes kept of messages that are not complete.
    pub const fn unfinished(&self) -> usize {
        self.unfinished
    }

    /// Takes bytes off the front of `input` until a message is complete, or none are left.
    ///
    /// "Set chunk size" and "abort" are obeyed here and not returned.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Message>, ChunkError> {
        loop {
            let (consumed, message) = if self.carried_len == 0 {
                self.step(input)?
            } else {
                self.step_carried(input)?
            };
            match message {
                Some(message) if message.kind == kind::SET_CHUNK_SIZE => self.set_chunk_size(&message)?,
                Some(message) if message.kind == kind::ABORT => self.abort(&message)?,
                Some(message) => return Ok(Some(message)),
                None if consumed == 0 => {
                    self.carry(input);
                    return Ok(None);
                }
                None => {}
            }
        }
    }

    /// Keeps the beginning of a header.
    fn carry(&mut self, input: &mut &[u8]) {
        for (kept, byte) in self.carried.iter_mut().skip(self.carried_len).zip(*input) {
            *kept = *byte;
            self.carried_len += 1;
        }
        *input = &[];
    }

    /// A step over what was carried, with enough of `input` behind it to make any header whole.
    fn step_carried(&mut self, input: &mut &[u8]) -> Result<(usize, Option<Message>), ChunkError> {
        let carried = self.carried_len;
        let mut joined = self.carried;
        let mut filled = carried;
        for (place, byte) in joined.iter_mut().skip(carried).zip(*input) {
            *place = *byte;
            filled += 1;
        }
        let mut rest = joined.get(..filled).unwrap_or_default();
        let (consumed, message) = self.step(&mut rest)?;
        if consumed >= carried {
            self.carried_len = 0;
            *input = input.get(consumed - carried..).unwrap_or_default();
        } else {
            self.carried.copy_within(consumed..carried, 0);
            self.carried_len = carried - consumed;
        }
        Ok((consumed, message))
    }

    /// Reads one header, or as much of a chunk's body as there is. Consumes nothing if a header is not whole.
    fn step(&mut self, input: &mut &[u8]) -> Result<(usize, Option<Message>), ChunkError> {
        let (index, remaining, header_size) = if let Some((index, remaining)) = self.body {
            (index, remaining, 0)
        } else {
            let Some(header) = self.header(input)? else {
                return Ok((0, None));
            };
            *input = input.get(header.size..).unwrap_or_default();
            let stream = self.streams.get(header.stream).ok_or(ChunkError::NoHeader)?;
            let missing = to_usize(stream.length).saturating_sub(stream.payload.len());
            (header.stream, missing.min(self.chunk_size), header.size)
        };
        let (piece, rest) = input.split_at(remaining.min(input.len()));
        *input = rest;
        if self.unfinished.saturating_add(piece.len()) > self.limits.unfinished {
            return Err(ChunkError::TooMuchUnfinished);
        }
        let stream = self.streams.get_mut(index).ok_or(ChunkError::NoHeader)?;
        stream.append(piece, rest.len());
        self.unfinished += piece.len();
        let remaining = remaining - piece.len();
        self.body = (remaining > 0).then_some((index, remaining));
        let message = (stream.payload.len() == to_usize(stream.length)).then(|| stream.finish());
        if let Some(message) = &message {
            self.unfinished -= message.payload.len();
        }
        Ok((header_size + piece.len(), message))
    }

    /// Reads a chunk header (section 5.3.1), or answers that it is not whole yet.
    fn header(&mut self, input: &[u8]) -> Result<Option<Header>, ChunkError> {
        let Some((id, format, mut at)) = basic_header(input) else {
            return Ok(None);
        };
        let index = self.streams.iter().position(|stream| stream.id == id);
        let known = index.and_then(|index| self.streams.get(index));
        let in_message = known.is_some_and(|stream| stream.in_message);
        if format != 3 && in_message {
            return Err(ChunkError::Overlap);
        }
        // Some encoders open a chunk stream with a type 1 chunk, which leaves out nothing but the message stream.
        if format >= 2 && known.is_none() {
            return Err(ChunkError::NoHeader);
        }
        let mut stream = ChunkStream {
            id,
            ..ChunkStream::default()
        };
        if let Some(known) = known {
            stream.kind = known.kind;
            stream.stream_id = known.stream_id;
            stream.length = known.length;
            stream.timestamp = known.timestamp;
            stream.delta = known.delta;
            stream.extended = known.extended;
        }
        if format <= 2 {
            let Some(field) = field_24(input, at) else {
                return Ok(None);
            };
            stream.delta = field;
            stream.extended = field == EXTENDED;
            at += 3;
        }
        if format <= 1 {
            let (Some(length), Some(kind)) = (field_24(input, at), input.get(at + 3)) else {
                return Ok(None);
            };
            stream.length = length;
            stream.kind = *kind;
            at += 4;
            if to_usize(length) > self.limits.message {
                return Err(ChunkError::MessageTooLong(length));
            }
        }
        if format == 0 {
            let Some(id) = input.get(at..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            stream.stream_id = u32::from_le_bytes(*id);
            at += 4;
        }
        if stream.extended {
            let Some(value) = input.get(at..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            let value = u32::from_be_bytes(*value);
            if !in_message {
                stream.delta = value;
                at += 4;
            } else if value == stream.delta || value == stream.timestamp {
                at += 4;
            }
            // Otherwise the encoder leaves the field out of chunks that go on with a message, as old ones do.
        }
        if !in_message {
            // A type 3 chunk that begins a message repeats what the last header's field said, also if that was the
            // absolute timestamp of a type 0 chunk (section 5.3.1.2.4; ffmpeg writes it so).
            stream.timestamp = if format == 0 {
                stream.delta
            } else {
                stream.timestamp.wrapping_add(stream.delta)
            };
        }
        let index = self.remember(index, stream)?;
        Ok(Some(Header {
            stream: index,
            size: at,
        }))
    }

    fn remember(&mut self, index: Option<usize>, header: ChunkStream) -> Result<usize, ChunkError> {
        if let Some((index, stream)) = index.and_then(|index| Some((index, self.streams.get_mut(index)?))) {
            let payload = std::mem::take(&mut stream.payload);
            *stream = ChunkStream {
                payload,
                in_message: true,
                ..header
            };
            return Ok(index);
        }
        if self.streams.len() >= self.limits.chunk_streams {
            return Err(ChunkError::TooManyChunkStreams);
        }
        self.streams.push(ChunkStream {
            in_message: true,
            ..header
        });
        Ok(self.streams.len() - 1)
    }

    fn set_chunk_size(&mut self, message: &Message) -> Result<(), ChunkError> {
        let size = message.control_value().ok_or(ChunkError::Truncated)?;
        if size == 0 || to_usize(size) > MAX_CHUNK_SIZE {
            return Err(ChunkError::ChunkSize(size));
        }
        self.chunk_size = to_usize(size);
        Ok(())
    }

    fn abort(&mut self, message: &Message) -> Result<(), ChunkError> {
        let id = message.control_value().ok_or(ChunkError::Truncated)?;
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == id) {
            self.unfinished -= stream.payload.len();
            stream.payload = Vec::new();
            stream.in_message = false;
        }
        Ok(())
    }
}

impl ChunkStream {
    /// Adds `piece`. Memory is taken for what came and what is at hand behind it, at most doubling, and in the end
    /// exactly for the message, so that nothing is kept beside it.
    fn append(&mut self, piece: &[u8], behind: usize) {
        let needed = self.payload.len() + piece.len();
        if needed > self.payload.capacity() {
            let wanted = (needed + behind)
                .max(self.payload.capacity() * 2)
                .min(to_usize(self.length));
            self.payload
                .reserve_exact(wanted.max(needed) - self.payload.len());
        }
        self.payload.extend_from_slice(piece);
    }

    fn finish(&mut self) -> Message {
        self.in_message = false;
        Message {
            kind: self.kind,
            stream_id: self.stream_id,
            timestamp: self.timestamp,
            payload: Bytes::from(std::mem::take(&mut self.payload)),
        }
    }
}

/// Chunk stream id, format and size of the basic header (section 5.3.1.1).
fn basic_header(input: &[u8]) -> Option<(u32, u8, usize)> {
    let first = *input.first()?;
    let format = first >> 6;
    match first & 0x3f {
        0 => Some((u32::from(*input.get(1)?) + 64, format, 2)),
        1 => {
            let low = u32::from(*input.get(1)?);
            let high = u32::from(*input.get(2)?);
            Some((high * 256 + low + 64, format, 3))
        }
        id => Some((id.into(), format, 1)),
    }
}

fn field_24(input: &[u8], at: usize) -> Option<u32> {
    let [high, middle, low] = *input.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes([0, high, middle, low]))
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder() -> ChunkDecoder {
        ChunkDecoder::new(Limits::default())
    }

    fn all(decoder: &mut ChunkDecoder, mut wire: &[u8]) -> Result<Vec<Message>, ChunkError> {
        let mut messages = Vec::new();
        while let Some(message) = decoder.decode(&mut wire)? {
            messages.push(message);
        }
        Ok(messages)
    }

    fn timestamps(wire: &[u8]) -> Vec<u32> {
        all(&mut decoder(), wire)
            .unwrap()
            .iter()
            .map(|message| message.timestamp)
            .collect()
    }

    const AT_10: &[u8] = &[0x04, 0, 0, 10, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa];

    #[test]
    fn type_3_that_begins_a_message_repeats_the_delta() {
        let wire = [
            AT_10,
            &[0x44, 0, 0, 40, 0, 0, 1, 9, 0xbb],
            &[0xc4, 0xcc],
            &[0xc4, 0xdd],
        ]
        .concat();
        assert_eq!(timestamps(&wire), [10, 50, 90, 130]);
    }

    #[test]
    fn type_3_after_type_0_repeats_its_timestamp() {
        assert_eq!(
            timestamps(&[AT_10, &[0xc4, 0xbb], &[0xc4, 0xcc]].concat()),
            [10, 20, 30]
        );
    }

    #[test]
    fn type_2_changes_only_the_delta() {
        assert_eq!(
            timestamps(&[AT_10, &[0x84, 0, 0, 5, 1], &[0x84, 0, 0, 6, 1]].concat()),
            [10, 15, 21]
        );
    }

    #[test]
    fn timestamps_wrap_around() {
        let wire = [
            &[
                0x04, 0xff, 0xff, 0xff, 0, 0, 1, 9, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 1,
            ],
            &[0x84, 0, 0, 5, 1][..],
        ]
        .concat();
        assert_eq!(timestamps(&wire), [u32::MAX - 1, 3]);
    }

    /// A message of 130 bytes at `0x0100_0000`, whose second chunk carries `extension`.
    fn in_two_chunks(extension: &[u8]) -> Vec<u8> {
        let mut wire = vec![0x04, 0xff, 0xff, 0xff, 0, 0, 130, 9, 1, 0, 0, 0, 1, 0, 0, 0];
        wire.extend([7; 128]);
        wire.push(0xc4);
        wire.extend(extension);
        wire.extend([8; 2]);
        wire.extend(AT_10);
        wire
    }

    #[test]
    fn extended_timestamp_is_read_on_type_3_where_it_is_written() {
        for wire in [in_two_chunks(&[1, 0, 0, 0]), in_two_chunks(&[])] {
            for size in [1, 2, 3, 5, 1_000] {
                let mut decoder = decoder();
                let messages: Vec<_> = wire
                    .chunks(size)
                    .flat_map(|piece| all(&mut decoder, piece).unwrap())
                    .collect();
                assert_eq!(messages[0].timestamp, 0x0100_0000);
                assert_eq!(messages[0].payload[126..], [7, 7, 8, 8]);
                assert_eq!(messages[1].timestamp, 10);
            }
        }
    }

    #[test]
    fn chunk_streams_interleave() {
        let mut wire = vec![0x04, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0];
        wire.extend([4; 128]);
        wire.extend([0x05, 0, 0, 2, 0, 0, 130, 8, 1, 0, 0, 0]);
        wire.extend([5; 128]);
        wire.push(0xc4);
        wire.extend([4; 72]);
        wire.push(0xc5);
        wire.extend([5; 2]);
        let messages = all(&mut decoder(), &wire).unwrap();
        assert_eq!(
            (messages[0].kind, messages[0].timestamp, &messages[0].payload[..]),
            (9, 1, &[4; 200][..])
        );
        assert_eq!(
            (messages[1].kind, messages[1].timestamp, &messages[1].payload[..]),
            (8, 2, &[5; 130][..])
        );
    }

    #[test]
    fn abort_forgets_the_unfinished_message() {
        let mut wire = vec![0x04, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0];
        wire.extend([4; 128]);
        wire.extend([0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 4]);
        wire.extend(AT_10);
        let mut decoder = decoder();
        let messages = all(&mut decoder, &wire).unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].payload[..], [0xaa]);
        assert_eq!(decoder.unfinished(), 0);
    }

    fn set_chunk_size(size: u32) -> Vec<u8> {
        let mut wire = vec![0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];
        wire.extend(size.to_be_bytes());
        wire
    }

    #[test]
    fn chunk_size_is_bounded() {
        for size in [1, 128, 65_536, 1 << 20] {
            assert_eq!(all(&mut decoder(), &set_chunk_size(size)), Ok(vec![]));
        }
        for size in [0, (1 << 20) + 1, 0x7fff_ffff, u32::MAX] {
            assert_eq!(
                all(&mut decoder(), &set_chunk_size(size)),
                Err(ChunkError::ChunkSize(size))
            );
        }
    }

    #[test]
    fn declared_lengths_reserve_nothing() {
        let mut decoder = decoder();
        let wire = [0x04, 0, 0, 0, 0x7f, 0xff, 0xff, 9, 1, 0, 0, 0, 1, 2, 3];
        assert_eq!(all(&mut decoder, &wire), Ok(vec![]));
        assert_eq!(decoder.unfinished(), 3);
        assert!(decoder.streams[0].payload.capacity() < 64);
        let too_long = [0x05, 0, 0, 0, 0x80, 0, 1, 9, 1, 0, 0, 0];
        assert_eq!(
            all(&mut super::ChunkDecoder::new(Limits::default()), &too_long),
            Err(ChunkError::MessageTooLong(0x80_0001))
        );
    }

    #[test]
    fn whole_messages_keep_no_spare_memory() {
        let mut wire = set_chunk_size(65_536);
        wire.extend([0x04, 0, 0, 0, 0, 0x27, 0x10, 9, 1, 0, 0, 0]);
        wire.extend([1; 10_000]);
        let mut decoder = decoder();
        let mut messages = Vec::new();
        for piece in wire.chunks(1_448) {
            messages.extend(all(&mut decoder, piece).unwrap());
        }
        let payload = Vec::from(messages.remove(0).payload);
        assert_eq!((payload.len(), payload.capacity()), (10_000, 10_000));
    }

    #[test]
    fn bounds_hold() {
        let limits = Limits {
            message: 1_000,
            unfinished: 300,
            chunk_streams: 2,
        };
        let mut decoder = ChunkDecoder::new(limits);
        let mut half = vec![0x04, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0];
        half.extend([4; 128]);
        assert_eq!(all(&mut decoder, &half), Ok(vec![]));
        half[0] = 0x05;
        assert_eq!(all(&mut decoder, &half), Ok(vec![]));
        half[0] = 0x06;
        assert_eq!(all(&mut decoder, &half), Err(ChunkError::TooManyChunkStreams));
        let mut decoder = ChunkDecoder::new(Limits {
            unfinished: 200,
            ..limits
        });
        half[0] = 0x04;
        assert_eq!(all(&mut decoder, &half), Ok(vec![]));
        half[0] = 0x05;
        assert_eq!(all(&mut decoder, &half), Err(ChunkError::TooMuchUnfinished));
    }

    #[test]
    fn headers_that_lean_on_nothing_are_refused() {
        assert_eq!(all(&mut decoder(), &[0xc4]), Err(ChunkError::NoHeader));
        assert_eq!(all(&mut decoder(), &[0x84, 0, 0, 1]), Err(ChunkError::NoHeader));
        assert_eq!(timestamps(&[0x42, 0, 0, 7, 0, 0, 1, 4, 1]), [7]);
        let mut wire = vec![0x04, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0];
        wire.extend([4; 128]);
        wire.extend(AT_10);
        assert_eq!(all(&mut decoder(), &wire), Err(ChunkError::Overlap));
    }

    #[test]
    fn empty_messages_are_messages() {
        let messages = all(&mut decoder(), &[0x04, 0, 0, 1, 0, 0, 0, 8, 1, 0, 0, 0]).unwrap();
        assert_eq!(messages.len(), 1);
        assert!(messages[0].payload.is_empty());
    }
}
