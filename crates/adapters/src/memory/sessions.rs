//! Publishing sessions.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{SessionId, StreamKeyId, Timestamp};
use ports::store::{Session, SessionRepository, StoreError};

use super::UnitOfWork;
use super::tables::{SessionRow, insert};

#[async_trait]
impl SessionRepository for UnitOfWork {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        let row = SessionRow {
            session: session.clone(),
            disconnect: false,
            closed_at: None,
        };
        insert(&mut self.tables_mut()?.sessions, "session", session.id, row)
    }

    async fn ask_disconnect(&mut self, id: SessionId) -> Result<(), StoreError> {
        if let Some(row) = Arc::make_mut(&mut self.tables_mut()?.sessions).get_mut(&id) {
            Arc::make_mut(row).disconnect = true;
        }
        Ok(())
    }

    async fn disconnects(&mut self, node: &str) -> Result<Vec<SessionId>, StoreError> {
        let tables = self.tables();
        let mut rows: Vec<_> = tables
            .sessions
            .values()
            .filter(|row| row.session.node == node && row.disconnect && row.closed_at.is_none())
            .map(|row| (row.session.started_at, row.session.id))
            .collect();
        rows.sort_unstable();
        Ok(rows.into_iter().map(|(_, id)| id).collect())
    }

    async fn latest(&mut self, key: StreamKeyId) -> Result<Option<Session>, StoreError> {
        let tables = self.tables();
        let of_key = tables
            .sessions
            .values()
            .filter(|row| row.session.stream_key == key);
        let latest = of_key.max_by_key(|row| (row.session.started_at, row.session.id));
        Ok(latest.map(|row| row.session.clone()))
    }

    async fn open(&mut self) -> Result<Vec<Session>, StoreError> {
        let tables = self.tables();
        let open = tables.sessions.values().filter(|row| row.closed_at.is_none());
        let mut sessions: Vec<Session> = open.map(|row| row.session.clone()).collect();
        sessions.sort_by_key(|session| (session.started_at, session.id));
        Ok(sessions)
    }

    async fn close(&mut self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        let sessions = Arc::make_mut(&mut self.tables_mut()?.sessions);
        let Some(row) = sessions.get_mut(&id).filter(|row| row.closed_at.is_none()) else {
            return Ok(());
        };
        Arc::make_mut(row).closed_at = Some(now);
        let key = row.session.stream_key;
        let gone = |row: &SessionRow| row.session.stream_key == key && row.closed_at.is_some();
        let kept = sessions
            .values()
            .filter(|row| gone(row))
            .map(|row| (row.session.started_at, row.session.id))
            .max();
        sessions.retain(|id, row| !gone(row) || kept == Some((row.session.started_at, *id)));
        Ok(())
    }
}
