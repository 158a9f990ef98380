//! Deliveries: each event that an app is told of, and what became of that.

use async_trait::async_trait;
use domain::{AppId, DeliveryState, DomainEvent, Timestamp};

use super::{Page, PageRequest, StoreError};

/// An event that an app is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The app.
    pub app: AppId,
    /// The event's number, and the delivery's.
    pub sequence: i64,
    /// Deliveries of one lane are sent one after another: the member's number, or minus the delivery's own for one
    /// that is sent again.
    pub lane: i64,
    /// What happened.
    pub what: DomainEvent,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// What the receiver answered last.
    pub last_status: Option<u16>,
    /// Why there was no answer the last time, or why it was not good.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it has been tried: when it was made, or when it was asked for again.
    pub pending_since: Timestamp,
    /// When it is due.
    pub next_attempt_at: Timestamp,
    /// When the receiver took it.
    pub delivered_at: Option<Timestamp>,
}

/// Deliveries, each under its event's number.
#[async_trait]
pub trait DeliveryRepository: Send {
    /// Adds deliveries. [`StoreError::AlreadyExists`] when an event has one.
    async fn insert(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError>;
    /// How many of the app's are pending.
    async fn pending(&mut self, app: AppId) -> Result<u64, StoreError>;
    /// Of the app's pending deliveries those that are the first of their lanes and due, in order, `most` at most.
    async fn due(&mut self, app: AppId, now: Timestamp, most: u32) -> Result<Vec<Delivery>, StoreError>;
    /// Notes what an attempt led to, if the delivery is still pending.
    async fn record(&mut self, delivery: &Delivery) -> Result<(), StoreError>;
    /// Makes a delivery due now, whatever became of it. One that was not pending gets a lane of its own. False when
    /// there is none.
    async fn resume(&mut self, app: AppId, sequence: i64, now: Timestamp) -> Result<bool, StoreError>;
    /// Gives up all of the app's that are pending, for that reason.
    async fn give_up(&mut self, app: AppId, why: &str) -> Result<(), StoreError>;
    /// A page of the app's deliveries, newest first.
    async fn list(&mut self, app: AppId, page: PageRequest) -> Result<Page<Delivery>, StoreError>;
    /// Forgets the app's oldest deliveries that were made before that time and are not pending, `most` at most.
    /// Answers how many.
    async fn forget(&mut self, app: AppId, before: Timestamp, most: u32) -> Result<usize, StoreError>;
}
