//! The feed of what happened.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{AppId, DomainEvent, Timestamp};
use ports::store::{EventLog, StoreError};

use super::UnitOfWork;
use super::tables::dangling;

#[async_trait]
impl EventLog for UnitOfWork {
    async fn append(
        &mut self,
        app: AppId,
        events: &[DomainEvent],
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let tables = self.tables_mut()?;
        if !tables.apps.contains_key(&app) {
            return Err(dangling("app"));
        }
        let last = Arc::make_mut(&mut tables.event_sequences).entry(app).or_default();
        *last += i64::try_from(events.len()).unwrap_or(i64::MAX);
        Ok(())
    }

    async fn last_sequence(&mut self, app: AppId) -> Result<i64, StoreError> {
        Ok(self.tables().event_sequences.get(&app).copied().unwrap_or(0))
    }
}
