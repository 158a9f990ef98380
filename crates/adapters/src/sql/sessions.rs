//! Publishing sessions.

use std::time::Duration;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{AppId, SessionId, StreamKeyId, Timestamp};
use ports::store::{Session, SessionRepository, Standing, StoreError};

use super::schema::{nodes, sessions};
use super::{Db, Stamp, UnitOfWork, dialect, failed, since, stamp, timestamp};

const WHAT: &str = "session";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(Db))]
pub(super) struct SessionRow {
    id: i64,
    app_id: i64,
    stream_key_id: i64,
    node: String,
    started_at: Stamp,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId::new(row.id),
            app: AppId::new(row.app_id),
            stream_key: StreamKeyId::new(row.stream_key_id),
            node: row.node,
            started_at: timestamp(row.started_at),
        }
    }
}

#[async_trait]
impl SessionRepository for UnitOfWork {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        let row = SessionRow {
            id: session.id.get(),
            app_id: session.app.get(),
            stream_key_id: session.stream_key.get(),
            node: session.node.clone(),
            started_at: stamp(session.started_at),
        };
        diesel::insert_into(sessions::table)
            .values((row, sessions::disconnect.eq(false)))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn ask_disconnect(&mut self, id: SessionId) -> Result<(), StoreError> {
        let node: Option<String> = diesel::update(sessions::table.find(id.get()))
            .set(sessions::disconnect.eq(true))
            .returning(sessions::node)
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        match node {
            Some(node) => dialect::tell(self.conn(), &node).await,
            None => Ok(()),
        }
    }

    async fn disconnects(&mut self, node: &str) -> Result<Vec<SessionId>, StoreError> {
        let ids: Vec<i64> = sessions::table
            .filter(sessions::node.eq(node))
            .filter(sessions::closed_at.is_null())
            .filter(sessions::disconnect.eq(true))
            .order((sessions::started_at, sessions::id))
            .select(sessions::id)
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(ids.into_iter().map(SessionId::new).collect())
    }

    async fn held_by(&mut self, node: &str) -> Result<Vec<SessionId>, StoreError> {
        let ids: Vec<i64> = sessions::table
            .filter(sessions::node.eq(node))
            .filter(sessions::closed_at.is_null())
            .order((sessions::started_at, sessions::id))
            .select(sessions::id)
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(ids.into_iter().map(SessionId::new).collect())
    }

    async fn standing(&mut self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        let found: Option<(String, Option<Stamp>, Option<Stamp>)> = sessions::table
            .left_join(nodes::table.on(nodes::name.eq(sessions::node)))
            .filter(sessions::id.eq(id.get()))
            .filter(sessions::closed_at.is_null())
            .select((
                sessions::node,
                nodes::expires_at.nullable(),
                sessions::silent_since,
            ))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        let Some((node, expires_at, silent_since)) = found else {
            return Ok(None);
        };
        let now = dialect::now(self.conn()).await?;
        Ok(Some(Standing {
            node,
            orphaned: expires_at.is_some_and(|at| timestamp(at) <= now),
            silent_for: silent_since.map(|at| since(timestamp(at), now)),
        }))
    }

    async fn note_silence(&mut self, id: SessionId, silent_for: Option<Duration>) -> Result<(), StoreError> {
        let silent_since = match silent_for {
            Some(silent_for) => {
                let now = dialect::now(self.conn()).await?;
                let micros = i64::try_from(silent_for.as_micros()).unwrap_or(i64::MAX);
                Some(stamp(now.plus_micros(-micros)))
            }
            None => None,
        };
        diesel::update(sessions::table.find(id.get()))
            .filter(sessions::closed_at.is_null())
            .set(sessions::silent_since.eq(silent_since))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn reopen(&mut self, id: SessionId) -> Result<bool, StoreError> {
        let found: Option<(SessionRow, bool)> = sessions::table
            .find(id.get())
            .select((SessionRow::as_select(), sessions::disconnect))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        let Some((row, false)) = found else {
            return Ok(false);
        };
        let latest = self.latest(StreamKeyId::new(row.stream_key_id)).await?;
        if latest.is_none_or(|latest| latest.id != id) {
            return Ok(false);
        }
        diesel::update(sessions::table.find(id.get()))
            .set((
                sessions::closed_at.eq(None::<Stamp>),
                sessions::silent_since.eq(None::<Stamp>),
            ))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(true)
    }

    async fn latest(&mut self, key: StreamKeyId) -> Result<Option<Session>, StoreError> {
        let found: Option<SessionRow> = sessions::table
            .filter(sessions::stream_key_id.eq(key.get()))
            .order((sessions::started_at.desc(), sessions::id.desc()))
            .select(SessionRow::as_select())
            .first(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        Ok(found.map(Session::from))
    }

    async fn open(&mut self) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRow> = sessions::table
            .filter(sessions::closed_at.is_null())
            .order((sessions::started_at, sessions::id))
            .select(SessionRow::as_select())
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    async fn close(&mut self, id: SessionId, now: Timestamp, old: Timestamp) -> Result<(), StoreError> {
        let key: Option<i64> = diesel::update(sessions::table.find(id.get()))
            .filter(sessions::closed_at.is_null())
            .set(sessions::closed_at.eq(Some(stamp(now))))
            .returning(sessions::stream_key_id)
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        let Some(key) = key else {
            return Ok(());
        };
        let of_key = sessions::table.filter(sessions::stream_key_id.eq(key));
        let kept: Option<Stamp> = of_key
            .filter(sessions::started_at.le(stamp(old)))
            .order(sessions::started_at.desc())
            .select(sessions::started_at)
            .first(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        if let Some(kept) = kept {
            let before = of_key.filter(sessions::started_at.lt(kept));
            diesel::delete(before.filter(sessions::closed_at.is_not_null()))
                .execute(self.conn())
                .await
                .map_err(failed(WHAT))?;
        }
        Ok(())
    }
}
