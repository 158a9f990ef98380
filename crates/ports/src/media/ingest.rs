//! The driving side: publishers knock, and the application lets them in. Everything is pulled; there are no callbacks.

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use domain::{SessionId, StreamKeyId, StreamKeyMode, StreamKeySecret};
use thiserror::Error;

use super::{Health, View};

/// A server that publishers connect to.
#[async_trait]
pub trait MediaServer: Send + Sync {
    /// Waits for the next publisher that knocks. `None` once the server has been shut down. Meant for one caller.
    async fn next_publish(&self) -> Option<Box<dyn PublishRequest>>;
    /// Waits for the next player that asks by RTMP. `None` where there are none, or once the server has been shut down.
    /// Meant for one caller.
    async fn next_play(&self) -> Option<Box<dyn PlayRequest>> {
        None
    }
    /// Sends a publisher off. Nothing happens when the session is gone or was never here.
    async fn disconnect(&self, session: SessionId, cause: Cause) -> Result<(), MediaError>;
    /// Waits until it is known whether a publisher still speaks; at most for `patience`.
    async fn await_silence(&self, session: SessionId, patience: Duration) -> Silence;
    /// How a session is doing. `None` when its publisher is not here, or where that is not known.
    fn health(&self, session: SessionId) -> Option<Health>;
    /// For how long a publisher has said nothing; `None` when it is gone, or was never here.
    fn silent_for(&self, session: SessionId) -> Option<Duration>;
    /// Lets no publisher in any more, sends off those that are there, and returns when they are gone.
    async fn shut_down(&self);
}

/// What became of a publisher while one waited for it to be silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Not a message for the whole time.
    Silent,
    /// It sent something.
    Spoke,
    /// It is gone, or was never here.
    Gone,
}

/// A publisher that knocks. It may send no media before the verdict; dropped without one, it is refused.
#[async_trait]
pub trait PublishRequest: Send {
    /// The key string that it shows.
    fn stream_key(&self) -> &StreamKeySecret;
    /// What it asks to be made of its media, in its own words.
    fn mode(&self) -> Option<&str> {
        None
    }
    /// Where it comes from.
    fn peer(&self) -> SocketAddr;
    /// Lets it in.
    ///
    /// # Errors
    /// [`MediaError::Gone`] when it went away meanwhile.
    async fn accept(self: Box<Self>, grant: Grant) -> Result<Box<dyn IngestSession>, MediaError>;
    /// Refuses it, and closes its connection.
    async fn reject(self: Box<Self>, refusal: Refusal) -> Result<(), MediaError>;
}

/// With what a publisher is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The key that it publishes with: its media goes to this channel.
    pub key: StreamKeyId,
    /// The session that this is.
    pub session: SessionId,
    /// The session before it on the same key, if this one goes on with its broadcast.
    pub previous: Option<SessionId>,
    /// What is made of its media.
    pub mode: StreamKeyMode,
}

/// Why a publisher is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such key.
    UnknownKey,
    /// Another publishes with it.
    AlreadyPublishing,
    /// The platform can't say now whether the key is good.
    Unavailable,
}

/// A publisher that was let in. While this is held, its media stays playable, also when it is gone; dropped, its
/// media is freed after the playlists' window and a minute.
#[async_trait]
pub trait IngestSession: Send {
    /// Which session this is.
    fn id(&self) -> SessionId;
    /// Waits until the latest fact is another than the last one told, and tells it: a level, not an edge. After
    /// [`SessionFact::Gone`] it waits for ever.
    async fn changed(&mut self) -> SessionFact;
}

/// What is true of a publisher now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionFact {
    /// Connected; nothing is playable yet.
    Connected,
    /// Its media can be played.
    Playable,
    /// Gone; with the reason if it is one that the broadcaster should read.
    Gone {
        /// What was wrong with its media, or why it was sent off. `None` when it left by itself.
        failure: Option<String>,
    },
}

/// Why a publisher is sent off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The app wants it so.
    Terminated,
    /// Another took over while it was silent.
    TakenOver,
    /// Its session is not the key's any more.
    Superseded,
}

/// What can go wrong with a media server.
#[derive(Debug, Error)]
pub enum MediaError {
    /// The publisher went away.
    #[error("the publisher is gone")]
    Gone,
}

/// A player that asks by RTMP. Dropped without a verdict, it is refused.
#[async_trait]
pub trait PlayRequest: Send {
    /// What it asks for, unchecked.
    fn playback_id(&self) -> &str;
    /// The `streamingToken` that it shows, unchecked.
    fn streaming_token(&self) -> Option<&str>;
    /// Where it comes from.
    fn peer(&self) -> SocketAddr;
    /// Lets it see that, for as long as it is live.
    ///
    /// # Errors
    /// [`MediaError::Gone`] when it went away meanwhile.
    async fn accept(self: Box<Self>, key: StreamKeyId, view: View) -> Result<(), MediaError>;
    /// Refuses it, and closes its connection.
    async fn reject(self: Box<Self>, refusal: PlayRefusal) -> Result<(), MediaError>;
}

/// Why a player is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayRefusal {
    /// There is nothing to play by that name.
    NotFound,
    /// It may not see that.
    NotAllowed,
    /// Another process has the media.
    Elsewhere,
    /// The platform can't say now.
    Unavailable,
}
