//! What SQLite does in its own way: its types, its ids, its errors.

use std::str::Utf8Error;

use diesel::prelude::*;
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sqlite::SqliteValue;
use diesel_async::RunQueryDsl;
use domain::{AppId, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ports::Clock as _;
use ports::store::StoreError;
use thiserror::Error as ThisError;

pub(super) use super::connection::Conn;
use super::sql::Parameter;
pub(super) use super::titles::{LookedUpBy, SORTS_HITS, off_the_index, titles_with};
use crate::clock::SystemClock;
use crate::held::Held;
use crate::meters::counted;

/// The backend that queries are written for.
pub(super) type Db = diesel::sqlite::Sqlite;

/// The SQL type of times: whole microseconds since the Unix epoch.
pub(super) type Ts = diesel::sql_types::BigInt;

/// The Rust type of [`Ts`].
pub(super) type Stamp = i64;

pub(super) const fn stamp(time: Timestamp) -> Stamp {
    time.micros()
}

pub(super) const fn timestamp(stamp: Stamp) -> Timestamp {
    Timestamp::from_micros(stamp)
}

/// The text in a column.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the queries are written for every database"
)]
pub(super) fn text<'a>(value: &'a mut SqliteValue<'_, '_, '_>) -> Result<&'a str, Utf8Error> {
    Ok(value.read_text())
}

/// What time it is for the database, in a query.
pub(super) const NOW: &str = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)";

/// What time it is for the database: it has no other clock than this process.
#[expect(clippy::unused_async, reason = "the queries are written for every database")]
pub(super) async fn now(_conn: &mut Conn) -> Result<Timestamp, StoreError> {
    Ok(SystemClock.now())
}

/// How many ids go into one query; SQLite takes 32,766 parameters.
pub(super) const MAX_IDS: usize = 10_000;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Where `part` begins in `text`, counted from 1; 0 if it is not in it. Nothing in `part` is a wildcard.
    #[sql_name = "instr"]
    fn position(text: diesel::sql_types::Text, part: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

/// Whether a text can be in the store at all: here every one can.
pub(super) const fn storable(_text: &str) -> bool {
    true
}

/// Nothing to do: there is one writer, who reads what the one before has left.
#[expect(clippy::unused_async, reason = "the queries are written for every database")]
pub(super) async fn hold(_conn: &mut Conn, _held: Held<'_>) -> Result<(), StoreError> {
    Ok(())
}

/// Granted: there is one writer, and who comes second finds what it did.
#[expect(clippy::unused_async, reason = "the queries are written for every database")]
pub(super) async fn claim(_conn: &mut Conn, _app: AppId, _key: &str) -> Result<bool, StoreError> {
    Ok(true)
}

/// Nobody to tell: there is one process.
#[expect(clippy::unused_async, reason = "the queries are written for every database")]
pub(super) async fn tell(_conn: &mut Conn, _node: &str) -> Result<(), StoreError> {
    Ok(())
}

/// The one row that a query finds by something unique, if there is one.
///
/// It runs as the query that it is: the connection knows it by its type, and neither writes its SQL nor copies its
/// answer. By way of an asynchronous connection both would be done for each, at half the cost of reading a room. So its
/// parameters are not needed apart.
pub(super) async fn find<Q, U, const N: usize>(
    conn: &mut Conn,
    query: Q,
    _parameters: [Parameter; N],
) -> QueryResult<Option<U>>
where
    Q: LoadQuery<'static, SqliteConnection, U> + Send + 'static,
    U: Send + 'static,
{
    conn.spawn_blocking(move |conn| diesel::RunQueryDsl::get_result(query, conn).optional())
        .await
}

/// The rows of a query, which runs as the query that it is: see [`find`].
pub(super) fn rows<Q, U>(conn: &mut Conn, query: Q) -> BoxFuture<'_, QueryResult<Vec<U>>>
where
    Q: LoadQuery<'static, SqliteConnection, U> + Send + 'static,
    U: Send + 'static,
{
    conn.spawn_blocking(move |conn| diesel::RunQueryDsl::load(query, conn))
        .boxed()
}

diesel::table! {
    id_sequences (name) {
        name -> Text,
        last -> BigInt,
    }
}

/// The next number of that sequence. Numbers that were given out in a unit of work that was rolled back are given
/// out again: nobody has seen them.
pub(super) async fn next_id(conn: &mut Conn, sequence: &'static str) -> Result<i64, StoreError> {
    diesel::update(id_sequences::table.find(sequence))
        .set(id_sequences::last.eq(id_sequences::last + 1))
        .returning(id_sequences::last)
        .get_result(conn)
        .await
        .map_err(|error| failed("id sequence", error))
}

/// The store's error for a failed statement about `what`. Its own errors SQLite tells apart by text only, as far as
/// diesel passes them on.
pub(super) fn failed(what: &'static str, error: Error) -> StoreError {
    counted(meaning(what, error))
}

fn meaning(what: &'static str, error: Error) -> StoreError {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => StoreError::AlreadyExists { what },
        Error::DatabaseError(DatabaseErrorKind::Unknown, ref info) => {
            let unfit = [
                "no such",
                "malformed",
                "not a database",
                "datatype mismatch",
                "cannot store",
            ];
            if unfit.iter().any(|text| info.message().contains(text)) {
                StoreError::corrupt(what, error)
            } else {
                unavailable(error)
            }
        }
        Error::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection,
            _,
        ) => StoreError::unavailable(error),
        _ => StoreError::corrupt(what, error),
    }
}

/// What SQLite says when no room is left, as far as diesel passes it on.
const FULL: &str = "database or disk is full";

/// No room is left where the file is. Said with what to do, because whoever reads the log has to do it.
#[derive(Debug, ThisError)]
#[error("there is no room left for the store: make room on its disk, nothing has to be restarted")]
struct Full(#[source] Error);

/// [`StoreError::Unavailable`], for a reason that SQLite tells.
pub(super) fn unavailable(error: Error) -> StoreError {
    let full = matches!(&error, Error::DatabaseError(_, info) if info.message() == FULL);
    if full {
        StoreError::unavailable(Full(error))
    } else {
        StoreError::unavailable(error)
    }
}

/// The store's error for a failed commit. SQLite has taken nothing in when it was locked out or ran out of space;
/// after anything else the log may have been written.
pub(super) fn commit_failed(error: Error) -> StoreError {
    let refused = matches!(&error, Error::DatabaseError(_, info)
        if ["locked", "full", "readonly"].iter().any(|text| info.message().contains(text)));
    counted(if refused {
        unavailable(error)
    } else {
        StoreError::OutcomeUnknown(Box::new(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(message: &str) -> Error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    #[test]
    fn a_store_that_is_locked_full_or_unreadable_is_unavailable() {
        for message in [
            "database is locked",
            "database or disk is full",
            "disk I/O error",
            "unable to open database file",
            "attempt to write a readonly database",
        ] {
            assert!(
                matches!(failed("x", unknown(message)), StoreError::Unavailable(_)),
                "{message}"
            );
        }
    }

    #[test]
    fn a_full_disk_is_told_with_what_to_do() {
        for error in [failed("x", unknown(FULL)), commit_failed(unknown(FULL))] {
            let StoreError::Unavailable(source) = error else {
                panic!("{error:?}");
            };
            assert!(source.to_string().contains("make room"), "{source}");
        }
    }

    #[test]
    fn a_schema_that_does_not_fit_is_corrupt() {
        for message in [
            "no such table: apps",
            "database disk image is malformed",
            "file is not a database",
        ] {
            assert!(
                matches!(failed("x", unknown(message)), StoreError::Corrupt { .. }),
                "{message}"
            );
        }
    }

    #[test]
    fn the_outcome_of_a_commit_is_unknown_unless_sqlite_took_nothing_in() {
        assert!(matches!(
            commit_failed(unknown("disk I/O error")),
            StoreError::OutcomeUnknown(_)
        ));
        assert!(matches!(
            commit_failed(unknown("database or disk is full")),
            StoreError::Unavailable(_)
        ));
    }
}
