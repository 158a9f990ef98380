//! Storage in PostgreSQL, for any number of processes.
//!
//! A unit of work has a connection from a pool for itself, but for one that reads on a thread that serves HTTP: see
//! [`pools`]. A unit of work that writes is a transaction at `READ COMMITTED`; what it reads to
//! write it reads under a lock (see [`dialect`]), and what it writes it compares first. Every call ends within a few
//! seconds, whatever the server does: a statement is limited there and again here.

mod address;
mod connection;
mod dialect;
mod error;
mod kept;
mod listener;
mod migrations;
mod pools;
#[path = "../sql/mod.rs"]
mod sql;
mod tls;
mod turn;
mod unit_of_work;

pub use address::Address;
pub use error::OpenError;
pub use turn::{Turn, TurnError};

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use diesel_async::SimpleAsyncConnection;
use ports::store::{Intent, StoreError};
use tokio::runtime::Handle;

use self::connection::{Conn, Connector, Lease};
use self::listener::Listener;
use self::pools::Pools;
use self::sql::Remembered;
use self::unit_of_work::UnitOfWork;
use crate::meters::{Connections, METERS, counted, timed};

/// How long a unit of work waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// A store in a PostgreSQL database.
pub struct Store {
    connector: Arc<Connector>,
    pools: Arc<Pools>,
    /// Where a unit of work that was dropped is rolled back, whatever thread dropped it.
    runtime: Handle,
    listener: OnceLock<Listener>,
    remembered: Arc<Remembered>,
}

impl Store {
    /// Opens the store at `address`, with at most `max_connections` to it at a time. The schema is as it was left:
    /// see [`Turn::migrate`].
    ///
    /// # Errors
    /// When the server can't be reached, or doesn't let us in.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn open(address: &Address, max_connections: NonZeroUsize) -> Result<Self, OpenError> {
        let connector = Arc::new(Connector::new(address)?);
        drop(connector.connect().await.map_err(OpenError::Connect)?);
        Ok(Self {
            pools: Arc::new(Pools::new(&connector, max_connections)),
            connector,
            runtime: Handle::current(),
            listener: OnceLock::new(),
            remembered: Arc::default(),
        })
    }

    /// Waits until no other process migrates or bootstraps this store, and keeps others from it until the turn is
    /// dropped.
    ///
    /// # Errors
    /// [`TurnError::Another`] when another takes longer than `patience`.
    pub async fn turn(&self, patience: Duration) -> Result<Turn, TurnError> {
        Turn::wait(Arc::clone(&self.connector), patience).await
    }

    /// The names of the migrations that were not applied yet. Needs no right to change the schema.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        migrations::pending(&mut self.conn().await?).await
    }

    /// The connections of the pool.
    pub fn connections(&self) -> Connections {
        self.pools.status()
    }

    async fn conn(&self) -> Result<Conn, StoreError> {
        self.taken(self.pools.get()).await
    }

    async fn conn_to_read(&self) -> Result<Conn, StoreError> {
        match self.pools.near() {
            Some(lease) => Ok(self.leased(lease)),
            // Beside it the way without waiting is short, also as a future.
            None => Box::pin(self.taken(self.pools.get_near())).await,
        }
    }

    fn leased(&self, lease: Lease) -> Conn {
        Conn::new(lease, Arc::clone(&self.pools), self.runtime.clone())
    }

    /// What becomes of waiting for a connection.
    async fn taken(
        &self,
        lease: impl Future<Output = Result<Lease, StoreError>>,
    ) -> Result<Conn, StoreError> {
        let lease = timed(&METERS.connections, tokio::time::timeout(PATIENCE, lease))
            .await
            .unwrap_or_else(|late| Err(StoreError::unavailable(late)))
            .map_err(counted)?;
        Ok(self.leased(lease))
    }

    async fn begin_to_write(&self) -> Result<UnitOfWork, StoreError> {
        UnitOfWork::writing(self.conn().await?, Arc::clone(&self.remembered)).await
    }
}

#[async_trait]
impl ports::store::Store for Store {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn ports::store::UnitOfWork>, StoreError> {
        Ok(Box::new(match intent {
            Intent::Read => UnitOfWork::reading(self.conn_to_read().await?, Arc::clone(&self.remembered)),
            Intent::Write => Box::pin(self.begin_to_write()).await?,
        }))
    }

    async fn told(&self, node: &str) {
        let listener = self
            .listener
            .get_or_init(|| Listener::start(Arc::clone(&self.connector), node.to_owned(), &self.runtime));
        listener.told().await;
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut conn = self.conn().await?;
        conn.batch_execute("SELECT 1 FROM users LIMIT 1")
            .await
            .map_err(|error| dialect::failed("schema", error))
    }
}
