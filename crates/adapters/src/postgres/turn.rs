//! One process at a time migrates and bootstraps a store.

use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use ports::store::StoreError;

use super::connection::Connector;
use super::{dialect, migrations};

/// The number of the advisory lock: "videoroo" in ASCII.
const LOCK: i64 = 0x7669_6465_6f72_6f6f;

/// How long another process may keep us waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// Kept by the process whose turn it is to change what there is one of in a store: its schema, its first app. Ends with
/// its connection, however the process ends.
pub struct Turn {
    connector: Arc<Connector>,
    _conn: AsyncPgConnection,
}

impl Turn {
    pub(super) async fn wait(connector: Arc<Connector>) -> Result<Self, StoreError> {
        let mut conn = connector.connect().await.map_err(StoreError::unavailable)?;
        let patience = PATIENCE.as_secs();
        let lock = format!(
            "SET statement_timeout = '{patience}s'; SET lock_timeout = '{patience}s'; SELECT pg_advisory_lock({LOCK})"
        );
        tokio::time::timeout(PATIENCE * 2, conn.batch_execute(&lock))
            .await
            .map_err(StoreError::unavailable)?
            .map_err(|error| dialect::failed("schema", error))?;
        Ok(Self {
            connector,
            _conn: conn,
        })
    }

    /// Applies the migrations that are pending, each in its own transaction, and answers their names.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server is gone, [`StoreError::Corrupt`] when a migration does not fit what
    /// is there; those before it stay applied.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let mut conn = self.connector.connect().await.map_err(StoreError::unavailable)?;
        // An index over many rows takes its time.
        conn.batch_execute("SET statement_timeout = 0")
            .await
            .map_err(|error| dialect::failed("schema", error))?;
        migrations::apply(conn).await
    }
}
