//! How ingests are doing, noted for the processes that do not have them.

use async_trait::async_trait;
use domain::{SessionId, Timestamp};

use super::StoreError;
use crate::media::Health;

/// The latest health of each publishing session, as its process noted it.
#[async_trait]
pub trait IngestHealthRepository: Send {
    /// Notes how a session was doing at `at`, in the place of what was noted of it before.
    async fn note(&mut self, session: SessionId, health: &Health, at: Timestamp) -> Result<(), StoreError>;
    /// How a session was doing, and when.
    async fn latest(&mut self, session: SessionId) -> Result<Option<(Health, Timestamp)>, StoreError>;
    /// Forgets what was noted before this, of whichever session.
    async fn forget(&mut self, before: Timestamp) -> Result<(), StoreError>;
}
