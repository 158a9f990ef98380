//! Publishing sessions: who publishes what, and what is wanted of them.

use std::time::Duration;

use async_trait::async_trait;
use domain::{AppId, SessionId, StreamKeyId, Timestamp};

use super::StoreError;

/// A publishing session that was accepted, and is not known to be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: SessionId,
    /// The app that the key belongs to.
    pub app: AppId,
    /// The key that it publishes with.
    pub stream_key: StreamKeyId,
    /// The process that holds the connection.
    pub node: String,
    /// When it was accepted.
    pub started_at: Timestamp,
}

/// What others know of a session that is not gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The process that holds the connection.
    pub node: String,
    /// Whether that process is known to be dead: its lease has run out.
    pub orphaned: bool,
    /// For how long its publisher has said nothing, as that process noted.
    pub silent_for: Option<Duration>,
}

/// Publishing sessions.
#[async_trait]
pub trait SessionRepository: Send {
    /// Adds a session.
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Notes that a session must be sent off, and has its process told ([`Store::told`](super::Store::told)). Nothing
    /// happens to one that is not there.
    async fn ask_disconnect(&mut self, id: SessionId) -> Result<(), StoreError>;
    /// The sessions of that process that must be sent off.
    async fn disconnects(&mut self, node: &str) -> Result<Vec<SessionId>, StoreError>;
    /// The sessions of that process that are not gone.
    async fn held_by(&mut self, node: &str) -> Result<Vec<SessionId>, StoreError>;
    /// What is known of a session, unless it is gone.
    async fn standing(&mut self, id: SessionId) -> Result<Option<Standing>, StoreError>;
    /// Notes for how long the publisher of a session has said nothing; `None` when it speaks. Nothing happens to a
    /// session that is gone.
    async fn note_silence(&mut self, id: SessionId, silent_for: Option<Duration>) -> Result<(), StoreError>;
    /// Takes back that a session is gone, if it is known, is the latest of its key, and need not be sent off. Answers
    /// whether that is so.
    async fn reopen(&mut self, id: SessionId) -> Result<bool, StoreError>;
    /// The session that last published with the key before this moment, gone or not.
    async fn latest(&mut self, key: StreamKeyId) -> Result<Option<Session>, StoreError>;
    /// Every session that is not gone.
    async fn open(&mut self) -> Result<Vec<Session>, StoreError>;
    /// Notes that a session is gone. Those of its key that are gone are forgotten if another came after them at `old` or
    /// before: their broadcast was over by then at the latest, and nobody plays it any more.
    async fn close(&mut self, id: SessionId, now: Timestamp, old: Timestamp) -> Result<(), StoreError>;
}
