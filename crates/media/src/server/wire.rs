//! What a peer's bytes go through: TCP, or TLS over it.
//!
//! Nothing here blocks, and nothing is read before it is asked for. TLS is made with the peer's first bytes: one that
//! says nothing costs no more than by plain TCP.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::TcpStream;

use super::buffer::with_buffer;

/// What TLS keeps of a peer that is being greeted or has been, at most, in bytes.
const TLS_KEPT: usize = 28 << 10;

/// How much is encrypted ahead of what a peer takes, in bytes.
const ENCRYPTED_AHEAD: usize = 64 << 10;

/// A socket that does at once what can be done, and says [`ErrorKind::WouldBlock`] of the rest.
pub(super) trait Socket {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
}

impl Socket for TcpStream {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::try_read(self, buffer)
    }

    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write_vectored(slices)
    }
}

/// One that was made non-blocking.
impl Socket for std::net::TcpStream {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = self;
        socket.read(buffer)
    }

    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut socket = self;
        socket.write_vectored(slices)
    }
}

/// A peer's connection.
pub(super) struct Wire<S = TcpStream> {
    socket: S,
    tls: Option<Box<Tls>>,
}

/// TLS as a server.
struct Tls {
    config: Arc<ServerConfig>,
    /// There once the peer has said something.
    session: Option<ServerConnection>,
}

impl<S: Socket> Wire<S> {
    /// Whether one read may leave something behind in memory.
    pub(super) const fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// What is kept in memory, in bytes.
    pub(super) fn kept(&self) -> usize {
        match &self.tls {
            Some(tls) if tls.session.is_some() => TLS_KEPT,
            _ => 0,
        }
    }

    /// Reads what there is: nothing at all at the end.
    pub(super) fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.try_read(buffer),
            Some(tls) => tls.read(&self.socket, buffer),
        }
    }

    /// Writes as much as the peer takes; answers how much that was.
    pub(super) fn try_write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.try_write(slices),
            Some(tls) => tls.write(&self.socket, slices),
        }
    }

    /// Writes what was encrypted, as far as the peer takes it.
    pub(super) fn try_flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            None => Ok(()),
            Some(tls) => tls.flush(&self.socket),
        }
    }

    /// Whether nothing that was encrypted waits for the peer to take it.
    pub(super) fn is_flushed(&self) -> bool {
        self.tls.as_ref().is_none_or(|tls| !tls.wants_write())
    }
}

impl Wire {
    /// Plain TCP, or TLS by this configuration.
    pub(super) fn new(socket: TcpStream, tls: Option<Arc<ServerConfig>>) -> Self {
        // Our answers are few and awaited. Without the option they only come later.
        let _ = socket.set_nodelay(true);
        Self {
            socket,
            tls: tls.map(|config| {
                Box::new(Tls {
                    config,
                    session: None,
                })
            }),
        }
    }

    /// Waits until there may be something to read.
    pub(super) async fn ready(&mut self) -> io::Result<()> {
        let mut interest = Interest::READABLE;
        if let Some(tls) = &mut self.tls {
            if tls.has_read()? {
                return Ok(());
            }
            if tls.wants_write() {
                interest |= Interest::WRITABLE;
            }
        }
        if self.socket.ready(interest).await?.is_writable() {
            done(self.try_flush())?;
        }
        Ok(())
    }

    /// Waits until the peer takes something.
    pub(super) async fn writable(&self) -> io::Result<()> {
        self.socket.writable().await
    }

    /// Writes all of it.
    pub(super) async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() || !self.is_flushed() {
            self.socket.writable().await?;
            if bytes.is_empty() {
                done(self.try_flush())?;
                continue;
            }
            match self.try_write(&[IoSlice::new(bytes)]) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Says that nothing more will be written.
    pub(super) async fn finish(&mut self) -> io::Result<()> {
        if let Some(session) = self.tls.as_mut().and_then(|tls| tls.session.as_mut()) {
            session.send_close_notify();
            self.write_all(&[]).await?;
        }
        self.socket.shutdown().await
    }

    /// Reads to no purpose until the peer closes.
    pub(super) async fn drain(&self) {
        while self.socket.readable().await.is_ok() {
            match with_buffer(|buffer| self.socket.try_read(buffer)) {
                Ok(1..) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => return,
            }
        }
    }

    /// Waits until the peer closes, without reading. One that sends instead is taken to stay.
    pub(super) async fn closed(&self) {
        match self.socket.peek(&mut [0]).await {
            Ok(0) | Err(_) => {}
            Ok(_) => std::future::pending().await,
        }
    }

    /// The same on a socket that nobody watches.
    pub(super) fn into_unwatched(self) -> io::Result<Wire<std::net::TcpStream>> {
        Ok(Wire {
            socket: self.socket.into_std()?,
            tls: self.tls,
        })
    }
}

impl Wire<std::net::TcpStream> {
    /// The same on a socket that is watched again.
    pub(super) fn into_watched(self) -> io::Result<Wire> {
        Ok(Wire {
            socket: TcpStream::from_std(self.socket)?,
            tls: self.tls,
        })
    }
}

impl Tls {
    fn session(&mut self) -> io::Result<&mut ServerConnection> {
        if self.session.is_none() {
            let mut session = ServerConnection::new(self.config.clone()).map_err(io::Error::other)?;
            session.set_buffer_limit(Some(ENCRYPTED_AHEAD));
            self.session = Some(session);
        }
        self.session
            .as_mut()
            .ok_or_else(|| ErrorKind::NotConnected.into())
    }

    fn wants_write(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.wants_write())
    }

    /// Whether something was decrypted that is not read yet.
    fn has_read(&mut self) -> io::Result<bool> {
        let Some(session) = &mut self.session else {
            return Ok(false);
        };
        let state = session.process_new_packets().map_err(broken)?;
        Ok(state.plaintext_bytes_to_read() > 0)
    }

    fn read(&mut self, socket: &impl Socket, buffer: &mut [u8]) -> io::Result<usize> {
        if self.session.is_none() {
            // Nothing is made for a peer that has said nothing, whatever the system thought.
            let count = socket.try_read(buffer)?;
            let mut first = buffer.get(..count).unwrap_or_default();
            while !first.is_empty() {
                let session = self.session()?;
                session.read_tls(&mut first)?;
                let processed = session.process_new_packets();
                done(self.flush(socket))?;
                processed.map_err(broken)?;
            }
            if count == 0 {
                return Ok(0);
            }
        }
        loop {
            let session = self.session()?;
            match session.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // A peer that closes without a farewell has closed all the same: RTMP says by itself what is whole.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                read => return read,
            }
            if session.read_tls(&mut Unblocking(socket))? == 0 {
                return Ok(0);
            }
            let processed = session.process_new_packets();
            // Also what is wrong, if something is.
            let flushed = done(self.flush(socket));
            processed.map_err(broken)?;
            flushed?;
        }
    }

    fn write(&mut self, socket: &impl Socket, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.flush(socket)?;
        // Nobody can read what is said before the greeting.
        let Some(session) = &mut self.session else {
            return Err(ErrorKind::NotConnected.into());
        };
        let count = session.writer().write_vectored(slices)?;
        done(self.flush(socket))?;
        Ok(count)
    }

    fn flush(&mut self, socket: &impl Socket) -> io::Result<()> {
        if let Some(session) = &mut self.session {
            while session.wants_write() {
                session.write_tls(&mut Unblocking(socket))?;
            }
        }
        Ok(())
    }
}

fn broken(error: rustls::Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

/// What can't be done at once is done later.
fn done(flushed: io::Result<()>) -> io::Result<()> {
    match flushed {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        flushed => flushed,
    }
}

/// A socket as TLS wants one.
struct Unblocking<'a, S>(&'a S);

impl<S: Socket> Read for Unblocking<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl<S: Socket> Write for Unblocking<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
