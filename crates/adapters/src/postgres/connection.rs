//! Connections to the server: how they are made, and how long one may take to answer.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::query_builder::{AsQuery, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::error::OpenError;
use super::pools::Pools;
use super::tls;
use crate::meters::{METERS, timed};

/// How long it may take to connect and to be let in.
const CONNECT: Duration = Duration::from_secs(3);

/// How long an answer may take: somewhat longer than the server itself allows ([`SESSION`]).
const ANSWER: Duration = Duration::from_secs(6);

/// How long the end of a transaction that was given up may take.
const ROLLBACK: Duration = Duration::from_secs(1);

/// What the server is told of each connection. It gives up statements and waits for locks that take too long, and
/// sees within half a second when nobody waits for a statement any more (where it can: since PostgreSQL 14). It starts no
/// processes beside the connection's own for a query, and compiles no plan: either costs it more than it spares a query here.
const SESSION: &str = "SET statement_timeout = '5s';
     SET lock_timeout = '4s';
     SET idle_in_transaction_session_timeout = '10s';
     SET max_parallel_workers_per_gather = 0;
     SET jit = off;
     SELECT set_config(name, '500', false) FROM pg_settings WHERE name = 'client_connection_check_interval';";

/// Makes connections.
pub(super) struct Connector {
    address: Address,
    tls: MakeRustlsConnect,
}

impl Connector {
    pub(super) fn new(address: &Address) -> Result<Self, OpenError> {
        Ok(Self {
            tls: tls::connector(address.check, address.roots.as_deref())?,
            address: address.clone(),
        })
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        in_time(async {
            let connected = self.address.config.connect(self.tls.clone()).await;
            let (client, connection) = connected.map_err(|error| bad(&error))?;
            prepared(AsyncPgConnection::try_from_client_and_connection(client, connection).await?).await
        })
        .await
    }

    /// A new connection for all who read on this thread.
    pub(super) async fn connect_near(&self) -> ConnectionResult<Near> {
        in_time(async {
            let connected = self.address.config.connect(self.tls.clone()).await;
            let (client, connection) = connected.map_err(|error| bad(&error))?;
            let closed = Arc::new(AtomicBool::new(false));
            let ended = Arc::clone(&closed);
            tokio::spawn(async move {
                // What it failed with is what the statements on it fail with.
                let _ended = connection.await;
                ended.store(true, Ordering::Release);
            });
            let conn = prepared(AsyncPgConnection::try_from(client).await?).await?;
            Ok(Near { conn, closed })
        })
        .await
    }
}

/// The connection, and the server knows how we want it.
async fn prepared(mut conn: AsyncPgConnection) -> ConnectionResult<AsyncPgConnection> {
    conn.batch_execute(SESSION)
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

async fn in_time<T>(connecting: impl Future<Output = ConnectionResult<T>>) -> ConnectionResult<T> {
    let late = |_| ConnectionError::BadConnection("the server did not answer in time".to_owned());
    timeout(CONNECT, Box::pin(connecting)).await.map_err(late)?
}

/// A connection that failed, with its causes: a connection error of diesel holds a text only.
fn bad(error: &tokio_postgres::Error) -> ConnectionError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    ConnectionError::BadConnection(text)
}

/// A connection that all who read on a thread use at the same time: their statements go out one behind the other, and
/// the answers come in that order. Nobody writes on it or sets anything, and who goes away costs it nothing: an answer
/// that nobody waits for is passed over.
pub(super) struct Near {
    conn: AsyncPgConnection,
    closed: Arc<AtomicBool>,
}

impl Near {
    /// Whether it came to its end.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// A connection, for one unit of work.
pub(super) enum Lease {
    /// Out of the pool, for nobody else.
    Own(Box<Object<AsyncPgConnection>>),
    /// To read from, beside others.
    Near(Arc<Near>),
}

impl Deref for Lease {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        match self {
            Self::Own(conn) => conn,
            Self::Near(near) => &near.conn,
        }
    }
}

/// A connection for one unit of work. One out of the pool goes back when this is dropped; at once if nothing is open
/// on it, after a rollback if a transaction is, and never if an answer is still to come.
pub(super) struct Conn {
    lease: Option<Lease>,
    pools: Arc<Pools>,
    runtime: Handle,
    progress: Progress,
    /// When a transaction was begun, unless it was committed.
    transaction: Option<Instant>,
}

/// How the statements of a connection went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// All were done.
    Done,
    /// The server refused one, and does nothing more in this transaction.
    Failed,
    /// An answer is still to come.
    Waiting,
    /// An answer did not come in time.
    Late,
}

impl Conn {
    pub(super) fn new(lease: Lease, pools: Arc<Pools>, runtime: Handle) -> Self {
        Self {
            lease: Some(lease),
            pools,
            runtime,
            progress: Progress::Done,
            transaction: None,
        }
    }

    /// Begins a transaction.
    pub(super) async fn begin(&mut self) -> QueryResult<()> {
        self.transaction = Some(Instant::now());
        self.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await
    }

    /// Whether a transaction was begun and not committed.
    pub(super) fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Whether a statement failed: a commit would be a rollback, and not say so.
    pub(super) fn has_failed(&self) -> bool {
        self.progress != Progress::Done
    }

    /// Commits the transaction.
    pub(super) async fn commit(&mut self) -> QueryResult<()> {
        self.batch_execute("COMMIT").await?;
        if let Some(begun) = self.transaction.take() {
            METERS.committed.record(begun.elapsed());
        }
        Ok(())
    }

    /// The connection, and where to note how a statement on it goes.
    fn parts(&mut self) -> (&AsyncPgConnection, &mut Progress) {
        let conn = self.lease.as_deref();
        (
            conn.expect("the connection leaves when this is dropped"),
            &mut self.progress,
        )
    }
}

/// Waits for an answer, and notes how that goes. Dropped half-way, or given up, it is still to come.
async fn answer<T>(progress: &mut Progress, asked: impl Future<Output = QueryResult<T>>) -> QueryResult<T> {
    let before = std::mem::replace(progress, Progress::Waiting);
    let late = |_| {
        let text = "the server did not answer in time".to_owned();
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, Box::new(text))
    };
    let answer = timed(&METERS.queries, timeout(ANSWER, asked)).await;
    *progress = match &answer {
        Ok(Ok(_)) => before,
        Ok(Err(_)) => Progress::Failed,
        Err(_elapsed) => Progress::Late,
    };
    answer.map_err(late)?
}

impl SimpleAsyncConnection for Conn {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        let (mut conn, progress) = self.parts();
        answer(progress, conn.batch_execute(query)).await
    }
}

impl AsyncConnectionCore for Conn {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Self::Stream<'conn, 'query>>>;
    type Stream<'conn, 'query> = BoxStream<'static, QueryResult<Self::Row<'conn, 'query>>>;
    type Row<'conn, 'query> = <AsyncPgConnection as AsyncConnectionCore>::Row<'conn, 'query>;
    type Backend = diesel::pg::Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Self::Backend> + QueryId + 'query,
    {
        let (mut conn, progress) = self.parts();
        let loading = conn.load(source);
        let rows = async move { loading.await?.try_collect::<Vec<_>>().await };
        async move {
            let rows = answer(progress, rows).await?;
            Ok(stream::iter(rows.into_iter().map(Ok)).boxed())
        }
        .boxed()
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Self::Backend> + QueryId + 'query,
    {
        let (mut conn, progress) = self.parts();
        answer(progress, conn.execute_returning_count(source)).boxed()
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if self.progress == Progress::Late {
            // Those that idle lead to the same silent server.
            self.pools.forget_idle();
        }
        if let Some(begun) = self.transaction {
            METERS.rolled_back.record(begun.elapsed());
        }
        let Some(Lease::Own(conn)) = self.lease.take() else {
            return;
        };
        match self.progress {
            Progress::Done | Progress::Failed if self.transaction.is_some() => {
                self.runtime.spawn(roll_back(*conn));
            }
            Progress::Done | Progress::Failed => {}
            Progress::Waiting | Progress::Late => drop(Object::take(*conn)),
        }
    }
}

async fn roll_back(mut conn: Object<AsyncPgConnection>) {
    let rolled_back = timeout(ROLLBACK, conn.batch_execute("ROLLBACK")).await;
    if !matches!(rolled_back, Ok(Ok(()))) {
        drop(Object::take(conn));
    }
}
