//! Requests that are done once, however often they are sent.

use async_trait::async_trait;
use domain::{AppId, Timestamp};

use super::StoreError;

/// A request that was done, under the key that its app gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneRequest {
    /// The app that sent it.
    pub app: AppId,
    /// The app's key for it, unique in the app.
    pub key: String,
    /// What tells it from any other request.
    pub fingerprint: [u8; 32],
    /// The number of what it made or changed.
    pub resource: i64,
    /// When it was done.
    pub done_at: Timestamp,
}

/// What there is to know of a key before its request is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// No request was done under it, and none is before this unit of work ends.
    Granted,
    /// Another unit of work, perhaps another process's, is doing its request.
    Refused,
    /// This request was done under it.
    Done(DoneRequest),
}

/// Requests that were done. Written with the change that a request made, so that both are there or neither.
#[async_trait]
pub trait RequestRepository: Send {
    /// Claims a key for this unit of work, which must be one that writes. Never waits for another's claim, but where
    /// the store has a single writer: there the unit of work itself waited. A request that was done before `since` is
    /// forgotten.
    async fn claim(&mut self, app: AppId, key: &str, since: Timestamp) -> Result<Claim, StoreError>;
    /// Notes that a request is done. [`StoreError::AlreadyExists`] when the app has one of that key.
    async fn insert(&mut self, request: &DoneRequest) -> Result<(), StoreError>;
    /// Forgets requests that were done before that moment, the oldest `limit` of them. Answers how many.
    async fn forget(&mut self, before: Timestamp, limit: u32) -> Result<usize, StoreError>;
}
