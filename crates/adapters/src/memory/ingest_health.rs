//! How ingests are doing.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{SessionId, Timestamp};
use ports::media::Health;
use ports::store::{IngestHealthRepository, StoreError};

use super::UnitOfWork;

#[async_trait]
impl IngestHealthRepository for UnitOfWork {
    async fn note(&mut self, session: SessionId, health: &Health, at: Timestamp) -> Result<(), StoreError> {
        let noted = &mut self.tables_mut()?.ingest_health;
        Arc::make_mut(noted).insert(session, Arc::new((health.clone(), at)));
        Ok(())
    }

    async fn latest(&mut self, session: SessionId) -> Result<Option<(Health, Timestamp)>, StoreError> {
        let tables = self.tables();
        let noted = tables.ingest_health.get(&session);
        Ok(noted.map(|noted| noted.as_ref().clone()))
    }

    async fn forget(&mut self, before: Timestamp) -> Result<(), StoreError> {
        let noted = &mut self.tables_mut()?.ingest_health;
        Arc::make_mut(noted).retain(|_, noted| noted.1 >= before);
        Ok(())
    }
}
