//! The platform's side of a publisher: a request, a verdict, and the facts of the session that follows.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use tokio::sync::{oneshot, watch};

use super::control::Control;
use crate::hub::Retained;
use crate::rtmp::{Refusal, StreamKey};
use crate::{ChannelId, Delivery, SessionId};

/// Why a session ended. Its `Display` is for the broadcaster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The publisher unpublished or closed the connection.
    PublisherClosed,
    /// Nothing came from the publisher for too long.
    TimedOut,
    /// Somebody ended the session, for this reason.
    Kicked(String),
    /// The publisher broke the protocol.
    ProtocolError(String),
    /// The media can't be packaged.
    MediaError(String),
    /// The publisher sent more than the bitrate limit.
    TooFast,
    /// The server is shutting down.
    Shutdown,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PublisherClosed => f.write_str("The publisher closed the connection"),
            Self::TimedOut => f.write_str("The publisher was silent for too long"),
            Self::Kicked(reason) => f.write_str(reason),
            Self::ProtocolError(text) => write!(f, "The publisher broke the protocol: {text}"),
            Self::MediaError(text) => write!(f, "The media can't be packaged: {text}"),
            Self::TooFast => f.write_str("The publisher sent more than the bitrate limit"),
            Self::Shutdown => f.write_str("The server is shutting down"),
        }
    }
}

/// The latest fact of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionFact {
    /// The publisher was let in.
    Connected,
    /// There is something to play.
    Playable,
    /// The session is over; nothing follows.
    Gone(Cause),
}

/// What a publisher that is let in publishes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The channel of its stream key.
    pub channel: ChannelId,
    /// The new session's id, which no other session ever had.
    pub session: SessionId,
    /// The channel's session before, which this one goes on with.
    pub previous: Option<SessionId>,
    /// What is made of its media.
    pub delivery: Delivery,
}

/// A verdict came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// The publisher did not wait for it, or the time for verdicts was over.
    #[error("the publisher is gone")]
    Gone,
}

#[derive(Debug)]
pub(super) enum Verdict {
    Accept(Grant, oneshot::Sender<IngestSession>),
    Reject(Refusal),
}

/// A publisher that waits to be let in. Dropped without a verdict, it is refused.
#[derive(Debug)]
pub struct PublishRequest {
    stream_key: StreamKey,
    mode: Option<String>,
    peer: SocketAddr,
    verdict: oneshot::Sender<Verdict>,
}

impl PublishRequest {
    pub(super) const fn new(
        stream_key: StreamKey,
        mode: Option<String>,
        peer: SocketAddr,
        verdict: oneshot::Sender<Verdict>,
    ) -> Self {
        Self {
            stream_key,
            mode,
            peer,
            verdict,
        }
    }

    /// The stream key, unchecked; empty if the publisher gave none.
    pub const fn stream_key(&self) -> &StreamKey {
        &self.stream_key
    }

    /// The `mode` that the publisher asked for, unchecked.
    pub fn mode(&self) -> Option<&str> {
        self.mode.as_deref()
    }

    /// The publisher's address.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Lets the publisher in.
    pub async fn accept(self, grant: Grant) -> Result<IngestSession, ServerError> {
        let (reply, session) = oneshot::channel();
        self.verdict
            .send(Verdict::Accept(grant, reply))
            .map_err(|_| ServerError::Gone)?;
        session.await.map_err(|_| ServerError::Gone)
    }

    /// Refuses the publisher. It is told so, and the connection closed, in the background.
    #[expect(
        clippy::unused_async,
        reason = "verdicts are awaited alike, and telling the publisher may come to block"
    )]
    pub async fn reject(self, refusal: Refusal) -> Result<(), ServerError> {
        self.verdict
            .send(Verdict::Reject(refusal))
            .map_err(|_| ServerError::Gone)
    }
}

/// A publisher that was let in. Dropped while it is connected, it is sent off; dropped at last, the hub may retire
/// the session's media.
#[derive(Debug)]
pub struct IngestSession {
    id: SessionId,
    facts: watch::Receiver<SessionFact>,
    control: Arc<Control>,
    _retained: Arc<OnceLock<Retained>>,
}

impl IngestSession {
    pub(super) fn new(
        id: SessionId,
        mut facts: watch::Receiver<SessionFact>,
        control: Arc<Control>,
        retained: Arc<OnceLock<Retained>>,
    ) -> Self {
        facts.mark_changed();
        Self {
            id,
            facts,
            control,
            _retained: retained,
        }
    }

    /// The session's id.
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// The latest fact that was not seen yet: a level, so that what was overtaken is left out. After
    /// [`SessionFact::Gone`] it is that again.
    pub async fn changed(&mut self) -> SessionFact {
        let connected = self.facts.changed().await.is_ok();
        match self.facts.borrow_and_update().clone() {
            SessionFact::Gone(cause) => SessionFact::Gone(cause),
            fact if connected => fact,
            // The connection's task was dropped with its runtime.
            _ => SessionFact::Gone(Cause::Shutdown),
        }
    }
}

impl Drop for IngestSession {
    fn drop(&mut self) {
        self.control.stop(Cause::Kicked(
            "Nobody looks after the session any more".to_owned(),
        ));
    }
}
