//! What happened, in order.

use async_trait::async_trait;
use domain::{AppId, DomainEvent, Timestamp};

use super::StoreError;

/// Something that happened, as the feed has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Its number among its app's, counted from 1.
    pub sequence: i64,
    /// When it happened. Events that happened at nearly the same time may be numbered otherwise.
    pub occurred_at: Timestamp,
    /// What happened.
    pub what: DomainEvent,
}

/// The feed of what happened: append-only, and numbered for each app without gaps, in the order of commits. Whoever
/// sees an event sees all that come before it, but for those that were forgotten: always the oldest.
#[async_trait]
pub trait EventLog: Send {
    /// Appends what happened, as the last thing that the unit of work writes, and answers the number of the last
    /// event, which is that of an earlier one when nothing happened.
    async fn append(&mut self, app: AppId, events: &[DomainEvent], now: Timestamp)
    -> Result<i64, StoreError>;
    /// The number of the last event of an app; 0 before the first.
    async fn last_sequence(&mut self, app: AppId) -> Result<i64, StoreError>;
    /// The number of the last event of each of these apps, in one query and in no order. Apps that are not there are
    /// left out.
    async fn last_sequences(&mut self, apps: &[AppId]) -> Result<Vec<(AppId, i64)>, StoreError>;
    /// The events of an app that come after that number and are kept, in order, `most` at most.
    async fn after(&mut self, app: AppId, sequence: i64, most: u32) -> Result<Vec<Event>, StoreError>;
    /// Forgets the oldest events of an app that happened before that time, `most` at most, and none that comes after
    /// one that stays. Answers how many.
    async fn forget(&mut self, app: AppId, before: Timestamp, most: u32) -> Result<usize, StoreError>;
}
