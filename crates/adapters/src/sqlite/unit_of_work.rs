//! One transaction, or one connection to read from.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel_async::SimpleAsyncConnection;
use diesel_async::pooled_connection::deadpool::Object;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ports::store::{
    AppRepository, CallbackRepository, DeliveryRepository, EventLog, IngestHealthRepository,
    MemberRepository, NodeRepository, RequestRepository, SessionRepository, SettingRepository, StoreError,
    StreamKeyRepository, VideoRoomRepository, WhitelistRepository,
};
use tokio::sync::OwnedMutexGuard;

use super::connection::{Conn, off_thread};
use super::dialect;
use super::sql::Remembered;
use crate::meters::{METERS, counted};

/// Where a unit of work has its connection from.
pub(super) enum Lease {
    /// From the pool of readers.
    Reader(Option<Object<Conn>>),
    /// The one writer, held alone: it is its turn as long as this lives.
    Writer(OwnedMutexGuard<Option<Conn>>),
}

/// A unit of work on SQLite.
pub(super) struct UnitOfWork {
    lease: Lease,
    remembered: Arc<Remembered>,
    /// When a transaction was begun, unless it was committed or rolled back.
    transaction: Option<Instant>,
    /// A query runs, or was left running, on another thread.
    in_flight: bool,
}

impl UnitOfWork {
    /// Reads from this connection, without a transaction.
    pub(super) fn reading(conn: Object<Conn>, remembered: Arc<Remembered>) -> Self {
        Self {
            lease: Lease::Reader(Some(conn)),
            remembered,
            transaction: None,
            in_flight: false,
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
            in_flight: false,
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
        let conn = match &mut self.lease {
            Lease::Reader(conn) => conn.as_deref_mut(),
            Lease::Writer(conn) => conn.as_mut(),
        };
        conn.expect("a unit of work has its connection until it is dropped")
    }

    /// What the store remembers for its lists.
    pub(super) fn remembered(&self) -> Arc<Remembered> {
        Arc::clone(&self.remembered)
    }

    /// Runs queries that may take longer, on another thread.
    pub(super) async fn long_running<T>(
        &mut self,
        queries: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, T>,
    ) -> T {
        self.in_flight = true;
        let conn = self.conn();
        let answer = off_thread(async move { queries(conn).await }).await;
        self.in_flight = false;
        answer
    }
}

impl Drop for UnitOfWork {
    fn drop(&mut self) {
        if let Some(begun) = self.transaction {
            METERS.rolled_back.record(begun.elapsed());
        }
        if self.in_flight {
            // The query ends on its thread, and closes the connection, which rolls back.
            match &mut self.lease {
                Lease::Reader(conn) => drop(conn.take().map(Object::take)),
                Lease::Writer(conn) => drop(conn.take()),
            }
        } else if self.transaction.is_some() {
            let rolled_back = self
                .conn()
                .spawn_blocking(|conn| conn.batch_execute("ROLLBACK"))
                .now_or_never();
            if !matches!(rolled_back, Some(Ok(())))
                && let Lease::Writer(conn) = &mut self.lease
            {
                drop(conn.take());
            }
        }
    }
}

#[async_trait]
impl ports::store::UnitOfWork for UnitOfWork {
    fn apps(&mut self) -> &mut dyn AppRepository {
        self
    }

    fn members(&mut self) -> &mut dyn MemberRepository {
        self
    }

    fn stream_keys(&mut self) -> &mut dyn StreamKeyRepository {
        self
    }

    fn video_rooms(&mut self) -> &mut dyn VideoRoomRepository {
        self
    }

    fn whitelist(&mut self) -> &mut dyn WhitelistRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn nodes(&mut self) -> &mut dyn NodeRepository {
        self
    }

    fn ingest_health(&mut self) -> &mut dyn IngestHealthRepository {
        self
    }

    fn settings(&mut self) -> &mut dyn SettingRepository {
        self
    }

    fn requests(&mut self) -> &mut dyn RequestRepository {
        self
    }

    fn events(&mut self) -> &mut dyn EventLog {
        self
    }

    fn callbacks(&mut self) -> &mut dyn CallbackRepository {
        self
    }

    fn deliveries(&mut self) -> &mut dyn DeliveryRepository {
        self
    }

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
