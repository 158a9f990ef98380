//! One process at a time migrates and bootstraps a store.

use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use ports::store::StoreError;

use super::connection::Connector;
use super::{dialect, migrations};

/// The number of the advisory lock: "videoroo" in ASCII.
const LOCK: i64 = 0x7669_6465_6f72_6f6f;

/// Why a process has no turn.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// Another process had its turn for as long as this one would wait: it migrates a large store.
    #[error("another process has migrated or started for more than {} s", .0.as_secs_f32())]
    Another(Duration),
    /// The server can't be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long a server that is there may take for what it need not wait for.
const MARGIN: Duration = Duration::from_secs(10);

/// Kept by the process whose turn it is to change what there is one of in a store: its schema, its first app. Ends with
/// its connection, however the process ends.
pub struct Turn {
    connector: Arc<Connector>,
    _conn: AsyncPgConnection,
}

impl Turn {
    pub(super) async fn wait(connector: Arc<Connector>, patience: Duration) -> Result<Self, TurnError> {
        let mut conn = connector.connect().await.map_err(StoreError::unavailable)?;
        let failed = |error| TurnError::Store(dialect::failed("schema", error));
        // The server gives up a little later than this process, which knows by its own clock what it has waited for.
        let given_up = (patience + MARGIN).as_millis();
        let bounds = format!("SET statement_timeout = 0; SET lock_timeout = {given_up}");
        tokio::time::timeout(MARGIN, conn.batch_execute(&bounds))
            .await
            .map_err(StoreError::unavailable)?
            .map_err(failed)?;
        let lock = format!("SELECT pg_advisory_lock({LOCK})");
        tokio::time::timeout(patience, conn.batch_execute(&lock))
            .await
            .map_err(|_| TurnError::Another(patience))?
            .map_err(failed)?;
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
