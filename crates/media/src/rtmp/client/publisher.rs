//! A publisher over TCP: connects, is let in, and sends media in few writes.

use std::io::{self, IoSlice};

use tokio::net::TcpStream;

use super::{ClientError, ClientSession, InvalidUrl, PublishUrl};
use crate::Media;

/// Why a publication failed.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The address is none.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// The connection could not be made or broke.
    #[error("the connection to the RTMP server failed")]
    Io(#[from] io::Error),
    /// The server closed the connection without a word.
    #[error("the RTMP server closed the connection")]
    Closed,
    /// The server refused or ended the publication, or is not understood.
    #[error(transparent)]
    Server(#[from] ClientError),
}

/// How much may wait before [`Publisher::send`] writes.
const BATCH: usize = 64 << 10;

/// A publication that was let in.
#[derive(Debug)]
pub struct Publisher {
    stream: TcpStream,
    session: ClientSession,
    /// Of what the server says, which is little.
    buffer: Vec<u8>,
}

impl Publisher {
    /// Connects to `rtmp://host[:port]/app/key[?query]` and publishes; returns once the server lets us in.
    pub async fn connect(url: &str) -> Result<Self, PublishError> {
        Self::connect_to(url.parse()?).await
    }

    /// Connects to an address in its parts.
    pub async fn connect_to(url: PublishUrl) -> Result<Self, PublishError> {
        let stream = TcpStream::connect((url.host.as_str(), url.port)).await?;
        stream.set_nodelay(true)?;
        let mut publisher = Self {
            stream,
            session: ClientSession::new(url),
            buffer: vec![0; 4_096],
        };
        while !publisher.session.is_publishing() {
            publisher.flush().await?;
            if publisher.session.is_publishing() {
                break;
            }
            publisher.stream.readable().await?;
            publisher.read()?;
        }
        Ok(publisher)
    }

    /// Puts a message into the batch without writing it.
    pub fn queue(&mut self, media: &Media) {
        self.session.send(media);
    }

    /// Sends a message: at once, with all that is queued.
    pub async fn send(&mut self, media: &Media) -> Result<(), PublishError> {
        self.queue(media);
        self.flush().await
    }

    /// Queues messages and writes them in as few writes as possible.
    pub async fn send_all<'a>(
        &mut self,
        media: impl IntoIterator<Item = &'a Media>,
    ) -> Result<(), PublishError> {
        for media in media {
            self.queue(media);
            if self.session.output().len() >= BATCH {
                self.flush().await?;
            }
        }
        self.flush().await
    }

    /// Writes what is queued, and reads what the server said meanwhile.
    pub async fn flush(&mut self) -> Result<(), PublishError> {
        self.read()?;
        while !self.session.output().is_empty() {
            match self.write() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stream.writable().await?;
                }
                Err(error) => {
                    // A server that sends us off says why before it closes.
                    self.read()?;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Waits until the server ends the publication, and says how.
    pub async fn ended(&mut self) -> PublishError {
        loop {
            if let Err(error) = self.stream.readable().await {
                return error.into();
            }
            if let Err(error) = self.flush().await {
                return error;
            }
        }
    }

    /// Ends the publication properly and closes the connection.
    pub async fn close(mut self) -> Result<(), PublishError> {
        self.session.close();
        self.flush().await
    }

    fn write(&mut self) -> io::Result<()> {
        let mut slices = [IoSlice::new(&[]); 64];
        let filled = self.session.output().slices(&mut slices);
        let written = self
            .stream
            .try_write_vectored(slices.get(..filled).unwrap_or_default())?;
        self.session.output().advance(written);
        Ok(())
    }

    /// Reads what is there, without waiting.
    fn read(&mut self) -> Result<(), PublishError> {
        loop {
            match self.stream.try_read(&mut self.buffer) {
                Ok(0) => return Err(PublishError::Closed),
                Ok(count) => self.session.input(self.buffer.get(..count).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
