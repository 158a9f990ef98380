//! Publishing sessions: who publishes what, and what is wanted of them.

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

/// Publishing sessions.
#[async_trait]
pub trait SessionRepository: Send {
    /// Adds a session.
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Notes that a session must be sent off. Nothing happens to one that is not there.
    async fn ask_disconnect(&mut self, id: SessionId) -> Result<(), StoreError>;
    /// The sessions of that process that must be sent off.
    async fn disconnects(&mut self, node: &str) -> Result<Vec<SessionId>, StoreError>;
    /// The session that last published with the key before this moment, gone or not.
    async fn latest(&mut self, key: StreamKeyId) -> Result<Option<Session>, StoreError>;
    /// Every session that is not gone.
    async fn open(&mut self) -> Result<Vec<Session>, StoreError>;
    /// Notes that a session is gone. Of a key's sessions that are gone only the latest stays known.
    async fn close(&mut self, id: SessionId, now: Timestamp) -> Result<(), StoreError>;
}
