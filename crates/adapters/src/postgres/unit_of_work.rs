//! One transaction, or one connection to read from.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use ports::store::StoreError;

use super::connection::Conn;
use super::dialect;
use super::sql::Remembered;
use crate::meters::counted;
use crate::repositories::is_every_repository;

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
    is_every_repository!();

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
