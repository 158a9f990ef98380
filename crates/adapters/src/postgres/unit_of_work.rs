//! One transaction, or one connection to read from.

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use ports::store::{
    AppRepository, EventLog, MemberRepository, RequestRepository, SessionRepository, SettingRepository,
    StoreError, StreamKeyRepository, VideoRoomRepository, WhitelistRepository,
};

use super::connection::Conn;
use super::dialect;
use crate::meters::counted;

/// A unit of work on PostgreSQL.
pub(super) struct UnitOfWork(Conn);

impl UnitOfWork {
    /// Reads from this connection, without a transaction.
    pub(super) fn reading(conn: Conn) -> Self {
        Self(conn)
    }

    /// Begins a transaction on this connection.
    pub(super) async fn writing(mut conn: Conn) -> Result<Self, StoreError> {
        conn.begin()
            .await
            .map_err(|error| counted(StoreError::unavailable(error)))?;
        Ok(Self(conn))
    }

    /// The connection.
    pub(super) fn conn(&mut self) -> &mut Conn {
        &mut self.0
    }

    /// Runs queries that may take longer: here they keep no thread from other work.
    pub(super) async fn long_running<T>(
        &mut self,
        queries: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, T>,
    ) -> T {
        queries(&mut self.0).await
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

    fn settings(&mut self) -> &mut dyn SettingRepository {
        self
    }

    fn requests(&mut self) -> &mut dyn RequestRepository {
        self
    }

    fn events(&mut self) -> &mut dyn EventLog {
        self
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        if !self.0.in_transaction() {
            return Ok(());
        }
        if self.0.has_failed() {
            return Err(StoreError::unavailable("a statement before the commit failed"));
        }
        self.0.commit().await.map_err(dialect::commit_failed)
    }
}
