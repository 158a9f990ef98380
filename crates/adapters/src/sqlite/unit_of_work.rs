//! One transaction, or one connection to read from.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel_async::SimpleAsyncConnection;
use diesel_async::pooled_connection::deadpool::Object;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ports::store::StoreError;
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;

use super::connection::{Conn, blocking};
use super::dialect;
use super::sql::Remembered;
use crate::meters::{METERS, counted};
use crate::repositories::is_every_repository;

/// Where a unit of work has its connection from. The connection is not here while queries run on another thread.
enum Lease {
    /// From the pool of readers.
    Reader(Option<Object<Conn>>),
    /// The one writer, held alone: it is its turn as long as this lives.
    Writer(OwnedMutexGuard<Option<Conn>>),
}

impl Lease {
    fn conn(&mut self) -> Option<&mut Conn> {
        match self {
            Self::Reader(conn) => conn.as_deref_mut(),
            Self::Writer(conn) => conn.as_mut(),
        }
    }
}

/// A unit of work on SQLite.
pub(super) struct UnitOfWork {
    lease: Lease,
    remembered: Arc<Remembered>,
    /// When a transaction was begun, unless it was committed or rolled back.
    transaction: Option<Instant>,
}

impl UnitOfWork {
    /// Reads from this connection, without a transaction.
    pub(super) fn reading(conn: Object<Conn>, remembered: Arc<Remembered>) -> Self {
        Self {
            lease: Lease::Reader(Some(conn)),
            remembered,
            transaction: None,
        }
    }

    /// Begins a transaction on the writer, which is there.
    pub(super) async fn writing(
        writer: OwnedMutexGuard<Option<Conn>>,
        remembered: Arc<Remembered>,
    ) -> Result<Self, StoreError> {
        let mut work = Self {
            lease: Lease::Writer(writer),
            remembered,
            transaction: None,
        };
        work.long_running(|conn| conn.batch_execute("BEGIN IMMEDIATE").boxed())
            .await
            .map_err(|error| counted(dialect::unavailable(error)))?;
        work.transaction = Some(Instant::now());
        Ok(work)
    }

    /// The connection.
    ///
    /// # Panics
    /// Never: the connection leaves only when this is dropped.
    pub(super) fn conn(&mut self) -> &mut Conn {
        self.lease
            .conn()
            .expect("a unit of work has its connection until it is dropped")
    }

    /// What the store remembers for its lists.
    pub(super) fn remembered(&self) -> Arc<Remembered> {
        Arc::clone(&self.remembered)
    }

    /// Runs queries that may take longer, all of them on another thread. When this is dropped half-way they end there.
    /// A connection that reads then goes back to its pool; the one that writes is closed, which rolls back.
    pub(super) async fn long_running<T: Send + 'static>(
        &mut self,
        queries: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, T> + Send + 'static,
    ) -> T {
        match &mut self.lease {
            Lease::Reader(lent) => {
                let mut conn = lent.take().expect(LENT_ONCE);
                let (answer, conn) = blocking(move || (run(queries(&mut conn)), conn)).await;
                *lent = Some(conn);
                answer
            }
            Lease::Writer(lent) => {
                let mut conn = lent.take().expect(LENT_ONCE);
                let (answer, conn) = blocking(move || (run(queries(&mut conn)), conn)).await;
                **lent = Some(conn);
                answer
            }
        }
    }
}

/// Why the connection is there to be lent: whoever lends it holds the unit of work until it is back.
const LENT_ONCE: &str = "queries run one after the other";

/// Waits for queries, on a thread for blocking work.
fn run<T>(queries: BoxFuture<'_, T>) -> T {
    Handle::current().block_on(queries)
}

impl Drop for UnitOfWork {
    fn drop(&mut self) {
        let Some(begun) = self.transaction else {
            return;
        };
        METERS.rolled_back.record(begun.elapsed());
        let Some(conn) = self.lease.conn() else {
            return;
        };
        let rolled_back = conn
            .spawn_blocking(|conn| conn.batch_execute("ROLLBACK"))
            .now_or_never();
        if !matches!(rolled_back, Some(Ok(())))
            && let Lease::Writer(conn) = &mut self.lease
        {
            drop(conn.take());
        }
    }
}

#[async_trait]
impl ports::store::UnitOfWork for UnitOfWork {
    is_every_repository!();

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        if let Some(begun) = self.transaction {
            self.long_running(|conn| conn.batch_execute("COMMIT").boxed())
                .await
                .map_err(dialect::commit_failed)?;
            self.transaction = None;
            METERS.committed.record(begun.elapsed());
        }
        Ok(())
    }
}
