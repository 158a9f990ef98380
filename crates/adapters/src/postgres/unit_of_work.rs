//! One transaction, or one connection to read from.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use ports::store::{
    AppRepository, CallbackRepository, DeliveryRepository, EventLog, IngestHealthRepository,
    MemberRepository, NodeRepository, RequestRepository, SessionRepository, SettingRepository, StoreError,
    StreamKeyRepository, VideoRoomRepository, WhitelistRepository,
};

use super::connection::Conn;
use super::dialect;
use super::sql::Remembered;
use crate::meters::counted;

/// A unit of work on PostgreSQL.
pub(super) struct UnitOfWork {
    conn: Conn,
    remembered: Arc<Remembered>,
}

impl UnitOfWork {
    /// Reads from this connection, without a transaction.
    pub(super) fn reading(conn: Conn, remembered: Arc<Remembered>) -> Self {
        Self { conn, remembered }
    }

    /// Begins a transaction on this connection.
    pub(super) async fn writing(mut conn: Conn, remembered: Arc<Remembered>) -> Result<Self, StoreError> {
        conn.begin()
            .await
            .map_err(|error| counted(StoreError::unavailable(error)))?;
        Ok(Self { conn, remembered })
    }

    /// The connection.
    pub(super) fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// What the store remembers for its lists.
    pub(super) fn remembered(&self) -> Arc<Remembered> {
        Arc::clone(&self.remembered)
    }

    /// Runs queries that may take longer: here they keep no thread from other work.
    pub(super) async fn long_running<T>(
        &mut self,
        queries: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, T>,
    ) -> T {
        queries(&mut self.conn).await
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
        if !self.conn.in_transaction() {
            return Ok(());
        }
        if self.conn.has_failed() {
            return Err(StoreError::unavailable("a statement before the commit failed"));
        }
        self.conn.commit().await.map_err(dialect::commit_failed)
    }
}
