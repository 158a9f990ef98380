//! Storage in one SQLite file, for one serving process.
//!
//! Readers come from a pool and see what is committed; there is one writer, whose transactions begin with
//! `BEGIN IMMEDIATE` and come one after another. The file is in WAL mode, so neither waits for the other.

mod connection;
mod dialect;
mod lock;
mod migrations;
#[path = "../sql/mod.rs"]
mod sql;
mod titles;
mod unit_of_work;

pub use lock::{OpenError, OpenMode};

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use diesel::SqliteConnection;
use diesel_async::SimpleAsyncConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use futures_util::FutureExt;
use ports::store::{Intent, StoreError};
use tokio::sync::{Mutex, OwnedMutexGuard};

use self::connection::{Conn, Purpose, Runner, blocking, connect};
use self::lock::ProcessLock;
use self::sql::Remembered;
use self::unit_of_work::UnitOfWork;
use crate::meters::{Connections, METERS, counted, timed};

/// How long a unit of work waits for its turn to write, or for a connection to read from.
const TURN: Duration = Duration::from_secs(5);

/// A store in a SQLite file.
pub struct Store {
    path: PathBuf,
    readers: Pool<Conn>,
    writer: Arc<Mutex<Option<Conn>>>,
    remembered: Arc<Remembered>,
    _lock: Option<ProcessLock>,
}

impl Store {
    /// Opens the store in the file at `path`, which is made with its directories if it is not there. At most
    /// `max_connections` are open at a time (at least two: a writer and a reader). The schema is as it was left:
    /// see [`Store::migrate`].
    ///
    /// # Errors
    /// [`OpenError::InUse`] when [`OpenMode::Serve`] finds that another process serves from this file.
    pub async fn open(path: &Path, max_connections: NonZeroUsize, mode: OpenMode) -> Result<Self, OpenError> {
        let path = path.to_owned();
        let (path, lock, writer) = blocking(move || {
            lock::make_file(&path)?;
            let lock = match mode {
                OpenMode::Serve => Some(ProcessLock::take(&path)?),
                OpenMode::Alongside => None,
            };
            let writer = connect(&path, Purpose::Write).map_err(|source| OpenError::Connect {
                path: path.clone(),
                source,
            })?;
            Ok::<_, OpenError>((path, lock, writer))
        })
        .await?;
        Ok(Self {
            readers: readers(&path, max_connections.get().saturating_sub(1).max(1)),
            writer: Arc::new(Mutex::new(Some(Conn::with_runtime(writer, Runner)))),
            path,
            remembered: Arc::default(),
            _lock: lock,
        })
    }

    /// Applies the migrations that are pending, all or none, and answers their names.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when another process holds the file, [`StoreError::Corrupt`] when a migration
    /// does not fit what is there.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.on_own_connection(migrations::apply).await
    }

    /// The names of the migrations that were not applied yet.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        self.on_own_connection(migrations::pending).await
    }

    async fn on_own_connection<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        blocking(move || {
            let mut conn = connect(&path, Purpose::Write).map_err(StoreError::unavailable)?;
            work(&mut conn)
        })
        .await
    }

    /// The connections that read; the one that writes is beside them.
    pub fn connections(&self) -> Connections {
        let status = self.readers.status();
        Connections {
            max: status.max_size,
            open: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    async fn reader(&self) -> Result<Object<Conn>, StoreError> {
        let taken = tokio::time::timeout(TURN, self.readers.get());
        timed(&METERS.connections, taken)
            .await
            .map_err(|late| counted(StoreError::unavailable(late)))?
            .map_err(|error| counted(StoreError::unavailable(error)))
    }

    /// Waits for its turn to write, and sees that the connection is there: one whose query was left running is gone.
    async fn turn_to_write(&self) -> Result<OwnedMutexGuard<Option<Conn>>, StoreError> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.writer).lock_owned());
        let mut writer = timed(&METERS.turns, turn)
            .await
            .map_err(|late| counted(StoreError::unavailable(late)))?;
        if writer.is_none() {
            let path = self.path.clone();
            let conn = blocking(move || connect(&path, Purpose::Write))
                .await
                .map_err(|error| counted(StoreError::unavailable(error)))?;
            *writer = Some(Conn::with_runtime(conn, Runner));
        }
        Ok(writer)
    }
}

#[async_trait]
impl ports::store::Store for Store {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn ports::store::UnitOfWork>, StoreError> {
        let remembered = Arc::clone(&self.remembered);
        let work = match intent {
            Intent::Read => UnitOfWork::reading(self.reader().await?, remembered),
            Intent::Write => UnitOfWork::writing(self.turn_to_write().await?, remembered).await?,
        };
        Ok(Box::new(work))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut conn = self.reader().await?;
        conn.batch_execute("SELECT count(*) FROM id_sequences")
            .await
            .map_err(|error| dialect::failed("schema", error))
    }
}

fn readers(path: &Path, size: usize) -> Pool<Conn> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let file = path.to_owned();
    config.custom_setup = Box::new(move |_| {
        let file = file.clone();
        async move {
            let conn = blocking(move || connect(&file, Purpose::Read)).await?;
            Ok(Conn::with_runtime(conn, Runner))
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config(path.to_string_lossy(), config);
    Pool::builder(manager)
        .max_size(size)
        .build()
        .expect("a pool without timeouts needs no runtime")
}
