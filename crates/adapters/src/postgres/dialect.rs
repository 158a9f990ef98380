//! What PostgreSQL does in its own way: its types, its ids, its locks, its errors.
//!
//! **Who writes a room or a key holds the key of its member.** A member has one key for good, and every pair that
//! changes together belongs to one member; so the row of that key stands for all of them. A unit of work that is
//! going to write locks it before it reads a room or a key ([`hold`]). Whoever comes second then reads what the first
//! has left, and meets the refusal that it calls for; nobody waits crosswise.

use std::str::Utf8Error;

use diesel::data_types::PgTimestamp;
use diesel::pg::PgValue;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::RunQueryDsl;
use diesel_async::methods::LoadQuery;
use domain::{AppId, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ports::store::{PageRequest, StoreError};

pub(super) use super::connection::Conn;
use super::kept::Kept;
use super::listener::CHANNEL;
use super::sql::{Found, Parameter, Sample, Written};
use crate::held::Held;
use crate::meters::counted;

/// The backend that queries are written for.
pub(super) type Db = diesel::pg::Pg;

/// The SQL type of times.
pub(super) type Ts = diesel::sql_types::Timestamptz;

/// The Rust type of [`Ts`].
pub(super) type Stamp = PgTimestamp;

/// PostgreSQL counts microseconds since 2000-01-01.
const EPOCH: i64 = 946_684_800_000_000;

pub(super) const fn stamp(time: Timestamp) -> Stamp {
    PgTimestamp(time.micros().saturating_sub(EPOCH))
}

pub(super) const fn timestamp(stamp: Stamp) -> Timestamp {
    Timestamp::from_micros(stamp.0.saturating_add(EPOCH))
}

/// The text in a column.
pub(super) fn text<'a>(value: &'a mut PgValue<'_>) -> Result<&'a str, Utf8Error> {
    std::str::from_utf8(value.as_bytes())
}

/// What time it is for the server, in a query.
pub(super) const NOW: &str = "clock_timestamp()";

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = Ts)]
    now: Stamp,
}

/// What time it is for the server, also in the middle of a transaction.
pub(super) async fn now(conn: &mut Conn) -> Result<Timestamp, StoreError> {
    let now: Now = diesel::sql_query("SELECT clock_timestamp() AS now")
        .get_result(conn)
        .await
        .map_err(|error| failed("clock", error))?;
    Ok(timestamp(now.now))
}

/// The one row that a query finds by something unique, if there is one. `parameters` are what the query compares with,
/// in its order. Its text is kept.
pub(super) async fn find<Q, U, const N: usize>(
    conn: &mut Conn,
    query: Q,
    parameters: [Parameter; N],
) -> QueryResult<Option<U>>
where
    Q: QueryFragment<Db> + QueryId,
    Kept<Q, [Parameter; N]>: LoadQuery<'static, Conn, U> + Send + 'static,
    U: Send + 'static,
{
    Kept::new(&query, parameters)?.get_result(conn).await.optional()
}

/// The rows of a query.
pub(super) fn rows<Q, U>(conn: &mut Conn, query: Q) -> BoxFuture<'_, QueryResult<Vec<U>>>
where
    Q: LoadQuery<'static, Conn, U> + Send + 'static,
    U: Send + 'static,
{
    query.load(conn).boxed()
}

/// How many ids go into one query.
pub(super) const MAX_IDS: usize = 10_000;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Where `part` begins in `text`, counted from 1; 0 if it is not in it. Nothing in `part` is a wildcard.
    #[sql_name = "strpos"]
    fn position(text: diesel::sql_types::Text, part: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

/// What titles are looked up by, which all that have a keyword have: some parts of it.
pub(super) struct LookedUpBy<'k>(Vec<&'k str>);

impl<'k> LookedUpBy<'k> {
    /// These parts of the keyword.
    pub(super) fn of(_keyword: &'k str, parts: Vec<&'k str>, _sample: &Sample) -> Self {
        Self(parts)
    }
}

/// The rest of a query of titles `t` (and with `rooms`, of their rooms `r`) that have this keyword, which is looked up `by`
/// some of it.
pub(super) fn titles_with<T>(
    query: Written<T>,
    app: AppId,
    keyword: &str,
    by: &LookedUpBy<'_>,
    rooms: bool,
) -> Written<T> {
    let mut query = query
        .sql(" FROM video_room_titles AS t")
        .sql(if rooms {
            " JOIN video_rooms AS r ON r.id = t.id"
        } else {
            ""
        })
        .sql(" WHERE");
    // One array of all would be expected to be in fewer titles once its values are known, so each would have a plan of its
    // own. The index is asked once either way.
    for (number, part) in by.0.iter().enumerate() {
        query = query
            .sql(if number == 0 { "" } else { " AND" })
            .sql(" title_parts(t.app_id, t.title_folded) @> ARRAY[")
            .text(format!("{app}:{part}"))
            .sql("]");
    }
    if by.0 == [keyword] {
        return query;
    }
    query
        .sql(" AND strpos(t.title_folded, ")
        .text(keyword)
        .sql(") > 0")
}

/// Whether hits are sorted and counted by the database: only those on a page are sent here.
pub(super) const SORTS_HITS: bool = true;

/// Nothing: the index is in no order.
#[expect(clippy::unused_async, reason = "the queries are written for every database")]
pub(super) async fn off_the_index(
    _conn: &mut Conn,
    _app: AppId,
    _by: &LookedUpBy<'_>,
    _newest_first: bool,
    _page: PageRequest,
) -> QueryResult<Option<Found>> {
    Ok(None)
}

/// Whether a text can be in the store at all: U+0000 can't, and asking for it is an error.
pub(super) fn storable(text: &str) -> bool {
    !text.contains('\0')
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The next number of that sequence. Those that were given out in a unit of work that was rolled back are lost.
pub(super) async fn next_id(conn: &mut Conn, sequence: &'static str) -> Result<i64, StoreError> {
    let next: Number = diesel::sql_query(format!("SELECT nextval('{sequence}_ids') AS number"))
        .get_result(conn)
        .await
        .map_err(|error| failed("id sequence", error))?;
    Ok(next.number)
}

/// Tells a node that there is something for it to look at, once this unit of work is committed.
pub(super) async fn tell(conn: &mut Conn, node: &str) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_notify($1, $2)")
        .bind::<Text, _>(CHANNEL)
        .bind::<Text, _>(node)
        .execute(conn)
        .await
        .map(drop)
        .map_err(|error| failed("notification", error))
}

/// Locks the key of the member whose key or room is about to be read, if this unit of work is going to write. What
/// is read afterwards stays as it is until the unit of work ends.
pub(super) async fn hold(conn: &mut Conn, held: Held<'_>) -> Result<(), StoreError> {
    if !conn.in_transaction() {
        return Ok(());
    }
    let locked = match held {
        Held::Key(id) => lock("id = $1").bind::<BigInt, _>(id.get()).execute(conn).await,
        Held::KeyOf(member) => {
            lock("member_id = $1")
                .bind::<BigInt, _>(member.get())
                .execute(conn)
                .await
        }
        Held::KeyNamed(secret) => {
            lock("secret = $1")
                .bind::<diesel::sql_types::Text, _>(secret.expose())
                .execute(conn)
                .await
        }
        Held::Room(room) => {
            lock("member_id = (SELECT member_id FROM video_rooms WHERE id = $1)")
                .bind::<BigInt, _>(room.get())
                .execute(conn)
                .await
        }
    };
    locked.map(drop).map_err(|error| failed("stream key", error))
}

#[derive(QueryableByName)]
struct Granted {
    #[diesel(sql_type = Bool)]
    granted: bool,
}

/// Whether this unit of work may do the app's request of that key: not while another does. An advisory lock, which ends
/// with the transaction, however that ends; what was committed under it is seen by who has it next.
pub(super) async fn claim(conn: &mut Conn, app: AppId, key: &str) -> Result<bool, StoreError> {
    let lock: Granted =
        diesel::sql_query("SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2)) AS granted")
            .bind::<Text, _>(key)
            .bind::<BigInt, _>(app.get())
            .get_result(conn)
            .await
            .map_err(|error| failed("request", error))?;
    Ok(lock.granted)
}

fn lock(which: &str) -> diesel::query_builder::SqlQuery {
    diesel::sql_query(format!(
        "SELECT id FROM stream_keys WHERE {which} FOR NO KEY UPDATE"
    ))
}

/// The store's error for a failed statement about `what`. diesel passes on few of PostgreSQL's codes. A statement that
/// does not fit the schema has a place where it goes wrong; what is left is about the server: it stops, starts, is
/// full, has too many clients, gives up what takes too long.
pub(super) fn failed(what: &'static str, error: Error) -> StoreError {
    counted(meaning(what, error))
}

fn meaning(what: &'static str, error: Error) -> StoreError {
    let Error::DatabaseError(kind, info) = &error else {
        return StoreError::corrupt(what, error);
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::AlreadyExists { what },
        DatabaseErrorKind::SerializationFailure => StoreError::Stale { what },
        DatabaseErrorKind::Unknown if info.message().contains("deadlock") => StoreError::Stale { what },
        DatabaseErrorKind::Unknown
            if info.statement_position().is_some() || info.message().contains("invalid byte sequence") =>
        {
            StoreError::corrupt(what, error)
        }
        DatabaseErrorKind::Unknown
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::ReadOnlyTransaction => StoreError::unavailable(error),
        _ => StoreError::corrupt(what, error),
    }
}

/// The store's error for a failed commit: what the server refused by name was not written, anything else may be.
pub(super) fn commit_failed(error: Error) -> StoreError {
    counted(match meaning("transaction", error) {
        StoreError::Unavailable(source) => StoreError::OutcomeUnknown(source),
        refused => refused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: DatabaseErrorKind, message: &str) -> Error {
        Error::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn a_server_that_stops_or_is_full_is_unavailable() {
        for message in [
            "terminating connection due to administrator command",
            "the database system is starting up",
            "sorry, too many clients already",
            "canceling statement due to statement timeout",
            "could not extend file: No space left on device",
        ] {
            let failed = failed("x", error(DatabaseErrorKind::Unknown, message));
            assert!(
                matches!(failed, StoreError::Unavailable(_)),
                "{message}: {failed:?}"
            );
        }
        for kind in [
            DatabaseErrorKind::UnableToSendCommand,
            DatabaseErrorKind::ClosedConnection,
        ] {
            assert!(matches!(
                failed("x", error(kind, "closed")),
                StoreError::Unavailable(_)
            ));
        }
    }

    #[test]
    fn who_lost_a_race_may_try_again() {
        for (kind, message) in [
            (DatabaseErrorKind::Unknown, "deadlock detected"),
            (
                DatabaseErrorKind::SerializationFailure,
                "could not serialize access",
            ),
        ] {
            assert!(matches!(
                failed("x", error(kind, message)),
                StoreError::Stale { .. }
            ));
            assert!(matches!(
                commit_failed(error(kind, message)),
                StoreError::Stale { .. }
            ));
        }
    }

    #[test]
    fn the_outcome_of_a_commit_is_unknown_unless_the_server_refused_it() {
        for kind in [DatabaseErrorKind::Unknown, DatabaseErrorKind::ClosedConnection] {
            let outcome = commit_failed(error(kind, "server closed the connection unexpectedly"));
            assert!(matches!(outcome, StoreError::OutcomeUnknown(_)), "{outcome:?}");
        }
    }

    #[test]
    fn times_are_counted_from_postgres_own_epoch() {
        let time = Timestamp::from_micros(EPOCH + 5);
        assert_eq!(stamp(time), PgTimestamp(5));
        assert_eq!(timestamp(PgTimestamp(5)), time);
    }
}
