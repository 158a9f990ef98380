//! One peer's connection, in one task: handshake, verdict, publication or playing, end.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::Shared;
use super::budget::Share;
use super::buffer::with_buffer;
use super::control::Place;
use super::play::Wanted;
use super::publish::{Cause, Grant, IngestSession, PublishRequest, Verdict};
use super::rate::Rate;
use super::wire::Wire;
use crate::rtmp::chunk::ChunkError;
use crate::rtmp::{Event, Refusal, ServerSession, SessionError, StreamKey};

/// What one read takes of a peer that does not publish yet.
const STRANGERS_READ: usize = 4 << 10;

/// How long a peer may leave our few answers unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a peer may take to read the last answer and close.
const LINGER: Duration = Duration::from_secs(1);

/// What a publisher is let in to, and who waits for its session.
type Granted = (Grant, oneshot::Sender<IngestSession>);

/// What a peer wants.
enum Request {
    Publish {
        stream_key: StreamKey,
        mode: Option<String>,
    },
    Play(Wanted),
}

pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) shared: Arc<Shared>,
    pub(super) place: Place,
    pub(super) session: ServerSession,
    /// What came behind the request to publish.
    pub(super) unread: Bytes,
    share: Share,
    /// Leave to be one of the publishers.
    publisher: Option<OwnedSemaphorePermit>,
    pub(super) rate: Rate,
    pub(super) timer: Pin<Box<Sleep>>,
}

impl Connection {
    pub(super) fn new(peer: SocketAddr, shared: Arc<Shared>) -> Self {
        let now = Instant::now();
        let place = shared.registry.enter();
        let session = ServerSession::new(shared.settings.session, now.into_std());
        let rate = Rate::new(
            shared.settings.publisher_bitrate,
            shared.settings.bitrate_period,
            now.into_std(),
        );
        let timer = Box::pin(sleep_until(now + shared.settings.session.setup_timeout));
        let share = Share::of(shared.budget.clone());
        Self {
            peer,
            shared,
            place,
            session,
            unread: Bytes::new(),
            share,
            publisher: None,
            rate,
            timer,
        }
    }

    /// Serves the connection to its end. Most never publish: what comes after that takes memory only then.
    pub(super) async fn serve(mut self: Box<Self>, mut stream: Wire) {
        let admitted = match self.until_request(&mut stream).await {
            Ok(Request::Publish { stream_key, mode }) => {
                Box::pin(self.admit(&mut stream, stream_key, mode)).await
            }
            Ok(Request::Play(wanted)) => {
                let cause = Box::pin(self.play(&mut stream, wanted)).await.err();
                Box::pin(self.close(stream, cause)).await;
                return;
            }
            Err(cause) => Err(cause),
        };
        match admitted {
            Ok(Ok((grant, reply))) => {
                let (cause, stream) = Box::pin(self.publish(stream, grant, reply)).await;
                if let Ok(stream) = stream {
                    Box::pin(self.close(stream, Some(cause))).await;
                }
            }
            Ok(Err(refusal)) => {
                tracing::info!(peer = %self.peer, ?refusal, "publisher refused");
                self.session.reject(&refusal);
                Box::pin(self.close(stream, None)).await;
            }
            Err(cause) => {
                tracing::debug!(peer = %self.peer, %cause, "RTMP connection ends before it publishes");
                Box::pin(self.close(stream, Some(cause))).await;
            }
        }
    }

    /// Says what is to be said before the verdict, and asks for it.
    async fn admit(
        &mut self,
        stream: &mut Wire,
        stream_key: StreamKey,
        mode: Option<String>,
    ) -> Result<Result<Granted, Refusal>, Cause> {
        self.flush(stream).await?;
        self.verdict(stream, stream_key, mode).await
    }

    /// Reads until the peer wants to publish or to play.
    async fn until_request(&mut self, stream: &mut Wire) -> Result<Request, Cause> {
        loop {
            self.ready(stream).await?;
            if let Some(request) = self.read(stream)? {
                return Ok(request);
            }
            if self.session.is_over() {
                return Err(Cause::PublisherClosed);
            }
            self.flush(stream).await?;
        }
    }

    /// Waits until there is something to read.
    async fn ready(&mut self, stream: &mut Wire) -> Result<(), Cause> {
        tokio::select! {
            biased;
            cause = self.place.control().stopped() => Err(cause),
            ready = stream.ready() => ready.map_err(|_| Cause::PublisherClosed),
            () = &mut self.timer => {
                self.session.on_deadline(Instant::now().into_std()).map_err(of_session)
            }
        }
    }

    /// Gives the session what there is to read, as far as a request.
    fn read(&mut self, stream: &mut Wire) -> Result<Option<Request>, Cause> {
        with_buffer(|buffer| {
            let buffer = buffer.get_mut(..STRANGERS_READ).unwrap_or_default();
            let mut bytes = match stream.try_read(buffer) {
                Ok(0) => return Err(Cause::PublisherClosed),
                Ok(count) => buffer.get(..count).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(_) => return Err(Cause::PublisherClosed),
            };
            while let Some(event) = self.next_event(&mut bytes)? {
                let request = match event {
                    Event::PublishRequested { stream_key, mode } => Request::Publish { stream_key, mode },
                    Event::PlayRequested { name, token } => Request::Play(Wanted { name, token }),
                    Event::Media(_) | Event::Unpublished => continue,
                };
                self.unread = Bytes::copy_from_slice(bytes);
                return Ok(Some(request));
            }
            if self.share.keep(self.session.kept() + stream.kept()) {
                Ok(None)
            } else {
                Err(of_session(ChunkError::TooMuchUnfinished.into()))
            }
        })
    }

    /// Asks for a verdict and awaits it, without reading.
    async fn verdict(
        &mut self,
        stream: &Wire,
        stream_key: StreamKey,
        mode: Option<String>,
    ) -> Result<Result<Granted, Refusal>, Cause> {
        let Ok(permit) = self.shared.publishers.clone().try_acquire_owned() else {
            return Ok(Err(Refusal::Denied("Too many publishers are connected".into())));
        };
        self.publisher = Some(permit);
        let (sender, verdict) = oneshot::channel();
        let request = PublishRequest::new(stream_key, mode, self.peer, sender);
        match self.shared.requests.try_send(request) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Ok(Err(Refusal::Denied("Too many publishers wait".into()))),
            Err(TrySendError::Closed(_)) => return Err(Cause::Shutdown),
        }
        let verdict = tokio::select! {
            cause = self.place.control().stopped() => return Err(cause),
            () = stream.closed() => return Err(Cause::PublisherClosed),
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

    /// The next event in `bytes`, which were read.
    pub(super) fn next_event(&mut self, bytes: &mut &[u8]) -> Result<Option<Event>, Cause> {
        self.session
            .input(bytes, Instant::now().into_std())
            .map_err(of_session)
    }

    /// Gives back what was kept for a stranger: a publisher has bounds of its own.
    pub(super) fn let_in(&mut self) {
        self.share.keep(0);
    }

    /// Writes what the session has to say. Nothing is read meanwhile.
    pub(super) async fn flush(&mut self, stream: &mut Wire) -> Result<(), Cause> {
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
    async fn close(mut self: Box<Self>, mut stream: Wire, cause: Option<Cause>) {
        if let Some(cause) = &cause {
            self.session.end(&cause.to_string());
        }
        let last_words = async {
            // A publisher that unpublished has more to say before it closes, and takes a close of ours for an error.
            let said = self.flush(&mut stream).await.is_ok()
                && (cause == Some(Cause::PublisherClosed) || stream.finish().await.is_ok());
            if said {
                stream.drain().await;
            }
        };
        // A peer that doesn't close by then is closed on.
        let _ = timeout(LINGER, last_words).await;
    }
}

/// Reads a little of what a player says.
pub(super) fn read_some(stream: &mut Wire) -> Result<Bytes, Cause> {
    with_buffer(|buffer| {
        let buffer = buffer.get_mut(..STRANGERS_READ).unwrap_or_default();
        match stream.try_read(buffer) {
            Ok(0) => Err(Cause::PublisherClosed),
            Ok(count) => Ok(Bytes::copy_from_slice(buffer.get(..count).unwrap_or_default())),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Bytes::new()),
            Err(_) => Err(Cause::PublisherClosed),
        }
    })
}

pub(super) fn of_session(error: SessionError) -> Cause {
    match error {
        SessionError::TimedOut => Cause::TimedOut,
        other => Cause::ProtocolError(other.to_string()),
    }
}
