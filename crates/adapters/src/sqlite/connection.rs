//! Connections, and where their work runs.
//!
//! A query by key answers from SQLite's page cache within microseconds, less than handing it to another thread
//! costs (a room with all that is shown beside it: 14 µs of CPU where it is polled, 43 µs by way of another thread);
//! so it runs where it is polled. For what may take longer (a long list, a commit with its `fsync`, waiting for the lock)
//! the connection goes to one of the runtime's threads for blocking work, and comes back with the answer: see
//! [`blocking`]. Neither waits in a `drop`: a query that nobody wants any more ends by itself, on its thread.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, ConnectionResult, QueryResult, SqliteConnection};
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_util::future::{self, BoxFuture, FutureExt};

use crate::meters::METERS;

/// An asynchronous connection.
pub(super) type Conn = SyncConnectionWrapper<SqliteConnection, Runner>;

/// Runs `work` on a thread for blocking work.
///
/// # Panics
/// When `work` does.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime shuts down; whoever waits here is not polled again.
            Err(_cancelled) => std::future::pending().await,
        },
    }
}

/// Runs the work of a connection where it is.
pub(super) struct Runner;

impl SpawnBlocking for Runner {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync>>>
    where
        R: Send + 'static,
    {
        let begun = Instant::now();
        let answer = task();
        METERS.queries.record(begun.elapsed());
        future::ready(Ok(answer)).boxed()
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// Kibibytes of the file that a connection that reads keeps: some thousand pages, so that what is found all over a large
/// file is not read from it again and again. Taken as they are needed.
const CACHE: u32 = 8_192;

/// Bytes of the file, from its beginning, that connections which read have in common, as the kernel holds it (the most that
/// SQLite maps). Without it each copies what it reads for itself, and what is found all over a large file is copied again
/// and again. Nothing is written there: a full disk is told as before.
const MAPPED: u32 = 0x7fff_0000;

/// Opens a connection, blocking.
///
/// Commits are durable when they are answered (`synchronous=FULL`): in WAL mode that is one `fsync` for each, 0.2 to
/// 2 ms on an SSD, and a broadcast has a handful of them. `NORMAL` would save it, and keep what was acknowledged over a
/// crash of the process, but not over one of the machine.
pub(super) fn connect(path: &Path, purpose: Purpose) -> ConnectionResult<SqliteConnection> {
    let path = path
        .to_str()
        .ok_or_else(|| ConnectionError::BadConnection("the path is not UTF-8".to_owned()))?;
    let mut conn = SqliteConnection::establish(path)?;
    let setup = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
    conn.batch_execute(setup)
        .and_then(|()| write_ahead(&mut conn))
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    if purpose == Purpose::Read {
        conn.batch_execute(&format!(
            "PRAGMA query_only = ON; PRAGMA cache_size = -{CACHE}; PRAGMA mmap_size = {MAPPED};"
        ))
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    }
    Ok(conn)
}

/// Puts the file into WAL mode, if it is not. Of two connections that do so at once SQLite refuses one without waiting,
/// whatever the timeout, because both hold a lock that the other one needs: it tries again.
fn write_ahead(conn: &mut SqliteConnection) -> QueryResult<()> {
    let patience = Instant::now() + Duration::from_secs(5);
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL;") {
            Err(diesel::result::Error::DatabaseError(_, about))
                if about.message() == "database is locked" && Instant::now() < patience =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            outcome => return outcome,
        }
    }
}
