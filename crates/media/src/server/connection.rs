//! One publisher's connection, in one task: handshake, verdict, publication, end.

use std::net::SocketAddr;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::Shared;
use super::control::Place;
use super::publish::{Cause, Grant, IngestSession, PublishRequest, Verdict};
use super::rate::Rate;
use crate::rtmp::{Event, Refusal, ServerSession, SessionError, StreamKey};

/// What one read takes at most: what a stream of 25 Mbit/s sends between two reads.
const BUFFER: usize = 64 << 10;

/// How long a peer may leave our few answers unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a peer may take to read the last answer and close.
const LINGER: Duration = Duration::from_secs(1);

/// What a publisher is let in to, and who waits for its session.
type Granted = (Grant, oneshot::Sender<IngestSession>);

pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) shared: Arc<Shared>,
    pub(super) place: Place,
    pub(super) session: ServerSession,
    pub(super) buffer: Box<[u8]>,
    /// What of the buffer the session has not taken yet.
    pub(super) unread: Range<usize>,
    pub(super) rate: Rate,
    pub(super) timer: Pin<Box<Sleep>>,
}

impl Connection {
    pub(super) fn new(peer: SocketAddr, shared: Arc<Shared>) -> Self {
        let now = Instant::now();
        let place = shared.registry.enter();
        let session = ServerSession::new(shared.settings.session, now.into_std());
        let rate = Rate::new(shared.settings.publisher_bitrate, now.into_std());
        let timer = Box::pin(sleep_until(now + shared.settings.session.setup_timeout));
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Self {
            peer,
            shared,
            place,
            session,
            buffer,
            unread: 0..0,
            rate,
            timer,
        }
    }

    /// Serves the connection to its end.
    pub(super) async fn serve(mut self, mut stream: TcpStream) {
        // Our answers are few and awaited. Without the option they only come later.
        let _ = stream.set_nodelay(true);
        match self.admit(&mut stream).await {
            Ok(Ok((grant, reply))) => {
                let (cause, stream) = self.publish(stream, grant, reply).await;
                if let Ok(stream) = stream {
                    self.close(stream, Some(cause)).await;
                }
            }
            Ok(Err(refusal)) => {
                tracing::info!(peer = %self.peer, ?refusal, "publisher refused");
                self.session.reject(&refusal);
                self.close(stream, None).await;
            }
            Err(cause) => {
                tracing::debug!(peer = %self.peer, %cause, "RTMP connection ends before it publishes");
                self.close(stream, Some(cause)).await;
            }
        }
    }

    /// Goes as far as the verdict.
    async fn admit(&mut self, stream: &mut TcpStream) -> Result<Result<Granted, Refusal>, Cause> {
        let (stream_key, mode) = self.until_request(stream).await?;
        self.flush(stream).await?;
        self.verdict(stream, stream_key, mode).await
    }

    /// Reads until the peer wants to publish.
    async fn until_request(&mut self, stream: &mut TcpStream) -> Result<(StreamKey, Option<String>), Cause> {
        loop {
            match self.next_event()? {
                Some(Event::PublishRequested { stream_key, mode }) => return Ok((stream_key, mode)),
                Some(Event::Media(_) | Event::Unpublished) => {}
                None if self.session.is_over() => return Err(Cause::PublisherClosed),
                None => {
                    self.flush(stream).await?;
                    self.fill(stream).await?;
                }
            }
        }
    }

    /// Asks for a verdict and awaits it, without reading.
    async fn verdict(
        &mut self,
        stream: &TcpStream,
        stream_key: StreamKey,
        mode: Option<String>,
    ) -> Result<Result<Granted, Refusal>, Cause> {
        let (sender, verdict) = oneshot::channel();
        let request = PublishRequest::new(stream_key, mode, self.peer, sender);
        match self.shared.requests.try_send(request) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Ok(Err(Refusal::Denied("Too many publishers wait".into()))),
            Err(TrySendError::Closed(_)) => return Err(Cause::Shutdown),
        }
        let verdict = tokio::select! {
            cause = self.place.control().stopped() => return Err(cause),
            () = closed(stream) => return Err(Cause::PublisherClosed),
            verdict = timeout(self.shared.settings.verdict_timeout, verdict) => verdict,
        };
        Ok(match verdict {
            Ok(Ok(Verdict::Accept(grant, reply))) => Ok((grant, reply)),
            Ok(Ok(Verdict::Reject(refusal))) => Err(refusal),
            Ok(Err(_)) => Err(Refusal::Denied("Nobody decided on the publisher".into())),
            Err(_) => Err(Refusal::Denied(
                "The decision on the publisher took too long".into(),
            )),
        })
    }

    /// The next event in what was read.
    pub(super) fn next_event(&mut self) -> Result<Option<Event>, Cause> {
        let mut bytes = self.buffer.get(self.unread.clone()).unwrap_or_default();
        let event = self.session.input(&mut bytes, Instant::now().into_std());
        self.unread.start = self.unread.end - bytes.len();
        event.map_err(of_session)
    }

    /// Reads more, once the session has taken what was read before.
    async fn fill(&mut self, stream: &mut TcpStream) -> Result<(), Cause> {
        tokio::select! {
            biased;
            cause = self.place.control().stopped() => Err(cause),
            read = stream.read(&mut self.buffer) => {
                self.unread = 0..read.ok().filter(|count| *count > 0).ok_or(Cause::PublisherClosed)?;
                Ok(())
            }
            () = &mut self.timer => {
                self.session.on_deadline(Instant::now().into_std()).map_err(of_session)
            }
        }
    }

    /// Writes what the session has to say. Nothing is read meanwhile.
    pub(super) async fn flush(&mut self, stream: &mut TcpStream) -> Result<(), Cause> {
        if self.session.output().is_empty() {
            return Ok(());
        }
        let output = self.session.take_output();
        match timeout(WRITE_TIMEOUT, stream.write_all(&output)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Cause::PublisherClosed),
            Err(_) => Err(Cause::TimedOut),
        }
    }

    /// Tells the peer why, and gives it a moment to read that: closing over unread bytes would take it back.
    async fn close(mut self, mut stream: TcpStream, cause: Option<Cause>) {
        if let Some(cause) = &cause {
            self.session.end(&cause.to_string());
        }
        let last_words = async {
            // A publisher that unpublished has more to say before it closes, and takes a close of ours for an error.
            let said = self.flush(&mut stream).await.is_ok()
                && (cause == Some(Cause::PublisherClosed) || stream.shutdown().await.is_ok());
            if said {
                while stream.read(&mut self.buffer).await.is_ok_and(|count| count > 0) {}
            }
        };
        // A peer that doesn't close by then is closed on.
        let _ = timeout(LINGER, last_words).await;
    }
}

/// Waits until the peer closes. One that sends instead is taken to stay.
async fn closed(stream: &TcpStream) {
    match stream.peek(&mut [0]).await {
        Ok(0) | Err(_) => {}
        Ok(_) => std::future::pending().await,
    }
}

pub(super) fn of_session(error: SessionError) -> Cause {
    match error {
        SessionError::TimedOut => Cause::TimedOut,
        other => Cause::ProtocolError(other.to_string()),
    }
}
