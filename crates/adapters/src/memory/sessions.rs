//! Publishing sessions.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{SessionId, StreamKeyId, Timestamp};
use ports::store::{Session, SessionRepository, Standing, StoreError};
use tokio::time::Instant;

use super::UnitOfWork;
use super::tables::{SessionRow, insert};

#[async_trait]
impl SessionRepository for UnitOfWork {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        let row = SessionRow {
            session: session.clone(),
            disconnect: false,
            closed_at: None,
            silent_since: None,
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

    async fn held_by(&mut self, node: &str) -> Result<Vec<SessionId>, StoreError> {
        let tables = self.tables();
        let held = tables
            .sessions
            .values()
            .filter(|row| row.session.node == node && row.closed_at.is_none());
        let mut held: Vec<_> = held.map(|row| (row.session.started_at, row.session.id)).collect();
        held.sort_unstable();
        Ok(held.into_iter().map(|(_, id)| id).collect())
    }

    async fn standing(&mut self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        let tables = self.tables();
        let row = tables.sessions.get(&id).filter(|row| row.closed_at.is_none());
        Ok(row.map(|row| Standing {
            node: row.session.node.clone(),
            orphaned: tables.is_dead(&row.session.node),
            silent_for: row.silent_since.map(|at| at.elapsed()),
        }))
    }

    async fn note_silence(&mut self, id: SessionId, silent_for: Option<Duration>) -> Result<(), StoreError> {
        let sessions = Arc::make_mut(&mut self.tables_mut()?.sessions);
        if let Some(row) = sessions.get_mut(&id).filter(|row| row.closed_at.is_none()) {
            let now = Instant::now();
            let since = silent_for.map(|silent_for| now.checked_sub(silent_for).unwrap_or(now));
            Arc::make_mut(row).silent_since = since;
        }
        Ok(())
    }

    async fn reopen(&mut self, id: SessionId) -> Result<bool, StoreError> {
        let Some(row) = self.tables().sessions.get(&id).cloned() else {
            return Ok(false);
        };
        let latest = self.latest(row.session.stream_key).await?;
        if row.disconnect || latest.is_none_or(|latest| latest.id != id) {
            return Ok(false);
        }
        if let Some(row) = Arc::make_mut(&mut self.tables_mut()?.sessions).get_mut(&id) {
            let row = Arc::make_mut(row);
            (row.closed_at, row.silent_since) = (None, None);
        }
        Ok(true)
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

    async fn close(&mut self, id: SessionId, now: Timestamp, old: Timestamp) -> Result<(), StoreError> {
        let sessions = Arc::make_mut(&mut self.tables_mut()?.sessions);
        let Some(row) = sessions.get_mut(&id).filter(|row| row.closed_at.is_none()) else {
            return Ok(());
        };
        Arc::make_mut(row).closed_at = Some(now);
        let key = row.session.stream_key;
        let of_key = |row: &SessionRow| row.session.stream_key == key;
        let started = sessions.values().filter(|row| of_key(row));
        let started = started.map(|row| row.session.started_at);
        let kept = started.filter(|started| *started <= old).max();
        sessions.retain(|_, row| {
            !of_key(row) || row.closed_at.is_none() || kept.is_none_or(|kept| row.session.started_at >= kept)
        });
        Ok(())
    }
}
