//! One publisher's connection, in one task: handshake, verdict, media into the hub, end.

use std::net::SocketAddr;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::Shared;
use super::control::Place;
use super::publish::{Cause, Grant, IngestSession, PublishRequest, SessionFact, Verdict};
use super::rate::Rate;
use crate::UnixMicros;
use crate::hub::{IngestError, Publication, Retained};
use crate::rtmp::{Event, Refusal, ServerSession, SessionError, StreamKey};

/// What one read takes at most. A stream of 2.5 Mbit/s fills a tenth of it between two key frames.
const BUFFER: usize = 64 << 10;

/// How long a peer may leave our few answers unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a peer may take to read the last answer and close.
const LINGER: Duration = Duration::from_secs(1);

/// What a publisher is let in to, and who waits for its session.
type Granted = (Grant, oneshot::Sender<IngestSession>);

pub(super) struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
    place: Place,
    session: ServerSession,
    buffer: Box<[u8]>,
    /// What of the buffer the session has not taken yet.
    unread: Range<usize>,
    rate: Rate,
    timer: Pin<Box<Sleep>>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>) -> Self {
        let now = Instant::now();
        let place = shared.registry.enter();
        let session = ServerSession::new(shared.settings.session, now.into_std());
        let rate = Rate::new(shared.settings.publisher_bitrate, now.into_std());
        let timer = Box::pin(sleep_until(now + shared.settings.session.setup_timeout));
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Self {
            stream,
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
    pub(super) async fn serve(mut self) {
        // Our answers are few and awaited. Without the option they only come later.
        let _ = self.stream.set_nodelay(true);
        let ended = self.until_ended().await;
        if let Err(cause) = &ended {
            tracing::debug!(peer = %self.peer, %cause, "RTMP connection ends");
        }
        self.close(ended.err()).await;
    }

    /// Goes through the connection's life: `Ok` if the publisher was refused, and else why it ended.
    async fn until_ended(&mut self) -> Result<(), Cause> {
        let (stream_key, mode) = self.until_request().await?;
        match self.verdict(stream_key, mode).await? {
            Ok((grant, reply)) => Err(self.publish(grant, reply).await),
            Err(refusal) => {
                tracing::info!(peer = %self.peer, ?refusal, "publisher refused");
                self.session.reject(&refusal);
                Ok(())
            }
        }
    }

    /// Reads until the peer wants to publish.
    async fn until_request(&mut self) -> Result<(StreamKey, Option<String>), Cause> {
        loop {
            match self.next_event().map_err(of_session)? {
                Some(Event::PublishRequested { stream_key, mode }) => {
                    self.flush().await?;
                    return Ok((stream_key, mode));
                }
                Some(Event::Media(_) | Event::Unpublished) => {}
                None if self.session.is_over() => return Err(Cause::PublisherClosed),
                None => {
                    self.flush().await?;
                    self.fill().await?;
                }
            }
        }
    }

    /// Asks for a verdict and awaits it, without reading.
    async fn verdict(
        &mut self,
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
            () = closed(&self.stream) => return Err(Cause::PublisherClosed),
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

    /// Opens the session, and carries its media to the hub until it ends; answers why it ended.
    async fn publish(&mut self, grant: Grant, reply: oneshot::Sender<IngestSession>) -> Cause {
        let Grant {
            channel,
            session,
            previous,
        } = grant;
        let (facts, receiver) = watch::channel(SessionFact::Connected);
        let retained = Arc::new(OnceLock::new());
        let control = self.place.control().clone();
        let ingest = IngestSession::new(session, receiver, control, retained.clone());
        let mut publication = Ingest {
            publication: self
                .shared
                .hub
                .open(channel, session, previous, UnixMicros::now()),
            facts,
            playable: false,
        };
        self.place.publishes(session);
        self.session.accept(Instant::now().into_std());
        self.set_timer();
        tracing::info!(peer = %self.peer, %session, "publisher let in");
        // Whoever doesn't take the session any more drops it, which stops us.
        drop(reply.send(ingest));
        let cause = match self.carry(&mut publication).await {
            Ok(()) => Cause::PublisherClosed,
            Err(cause) => cause,
        };
        tracing::info!(peer = %self.peer, %session, %cause, "publisher gone");
        self.place.session_over();
        publication.finish(cause.clone(), &retained);
        cause
    }

    /// Carries media to the hub until the publisher unpublishes.
    async fn carry(&mut self, ingest: &mut Ingest) -> Result<(), Cause> {
        loop {
            let arrived = UnixMicros::now();
            while let Some(event) = self.next_event().map_err(of_session)? {
                match event {
                    Event::Media(media) => ingest.push(&media, arrived)?,
                    Event::Unpublished => return Ok(()),
                    Event::PublishRequested { .. } => {}
                }
            }
            if self.session.is_over() {
                return Ok(());
            }
            self.place.control().heard(self.session.messages());
            self.flush().await?;
            self.fill().await?;
        }
    }

    /// The next event in what was read.
    fn next_event(&mut self) -> Result<Option<Event>, SessionError> {
        let mut bytes = self.buffer.get(self.unread.clone()).unwrap_or_default();
        let event = self.session.input(&mut bytes, Instant::now().into_std());
        self.unread.start = self.unread.end - bytes.len();
        event
    }

    /// Reads more, once the session has taken what was read before.
    async fn fill(&mut self) -> Result<(), Cause> {
        loop {
            tokio::select! {
                biased;
                cause = self.place.control().stopped() => return Err(cause),
                read = self.stream.read(&mut self.buffer) => {
                    let count = read.ok().filter(|count| *count > 0).ok_or(Cause::PublisherClosed)?;
                    self.unread = 0..count;
                    if self.rate.admit(count, Instant::now().into_std()) {
                        return Ok(());
                    }
                    return Err(Cause::TooFast);
                }
                () = &mut self.timer => {
                    self.session.on_deadline(Instant::now().into_std()).map_err(of_session)?;
                    self.set_timer();
                }
            }
        }
    }

    /// Sets the timer to the session's deadline. As that moves with every message, and mostly away, the timer is left
    /// alone until it fires.
    fn set_timer(&mut self) {
        if let Some(deadline) = self.session.next_deadline() {
            self.timer.as_mut().reset(Instant::from_std(deadline));
        }
    }

    /// Writes what the session has to say. Nothing is read meanwhile.
    async fn flush(&mut self) -> Result<(), Cause> {
        if self.session.output().is_empty() {
            return Ok(());
        }
        let output = self.session.take_output();
        match timeout(WRITE_TIMEOUT, self.stream.write_all(&output)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Cause::PublisherClosed),
            Err(_) => Err(Cause::TimedOut),
        }
    }

    /// Tells the peer why, and gives it a moment to read that: closing over unread bytes would take it back.
    async fn close(mut self, cause: Option<Cause>) {
        if let Some(cause) = &cause {
            self.session.end(&cause.to_string());
        }
        let last_words = async {
            // A publisher that unpublished has more to say before it closes, and takes a close of ours for an error.
            let said = self.flush().await.is_ok()
                && (cause == Some(Cause::PublisherClosed) || self.stream.shutdown().await.is_ok());
            if said {
                while self
                    .stream
                    .read(&mut self.buffer)
                    .await
                    .is_ok_and(|count| count > 0)
                {}
            }
        };
        // A peer that doesn't close by then is closed on.
        let _ = timeout(LINGER, last_words).await;
    }
}

/// A session's media on its way into the hub.
struct Ingest {
    publication: Publication,
    facts: watch::Sender<SessionFact>,
    playable: bool,
}

impl Ingest {
    fn push(&mut self, media: &crate::Media, arrived: UnixMicros) -> Result<(), Cause> {
        self.publication
            .push(media, arrived)
            .map_err(|error| of_media(&error))?;
        if !self.playable && self.publication.is_playable() {
            self.playable = true;
            self.facts.send_replace(SessionFact::Playable);
        }
        Ok(())
    }

    /// Ends the publication. What is kept of it goes to `retained`, for as long as somebody holds that.
    fn finish(self, cause: Cause, retained: &OnceLock<Retained>) {
        let _ = retained.set(self.publication.finish(UnixMicros::now()));
        self.facts.send_replace(SessionFact::Gone(cause));
    }
}

/// Waits until the peer closes. One that sends instead is taken to stay.
async fn closed(stream: &TcpStream) {
    match stream.peek(&mut [0]).await {
        Ok(0) | Err(_) => {}
        Ok(_) => std::future::pending().await,
    }
}

fn of_session(error: SessionError) -> Cause {
    match error {
        SessionError::TimedOut => Cause::TimedOut,
        other => Cause::ProtocolError(other.to_string()),
    }
}

/// Superseded is no fault of the publisher's media; everything else is, and its text is for the broadcaster.
fn of_media(error: &IngestError) -> Cause {
    match error {
        IngestError::Superseded => Cause::Kicked(error.to_string()),
        _ => Cause::MediaError(error.to_string()),
    }
}
