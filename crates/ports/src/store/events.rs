//! What happened, in order.

use async_trait::async_trait;
use domain::{AppId, DomainEvent, Timestamp};

use super::StoreError;

/// The feed of what happened: append-only, and numbered for each app without gaps, in the order of commits.
#[async_trait]
pub trait EventLog: Send {
    /// Appends what happened, as the last thing that the unit of work writes.
    async fn append(&mut self, app: AppId, events: &[DomainEvent], now: Timestamp) -> Result<(), StoreError>;
    /// The number of the last event of an app; 0 before the first.
    async fn last_sequence(&mut self, app: AppId) -> Result<i64, StoreError>;
}
