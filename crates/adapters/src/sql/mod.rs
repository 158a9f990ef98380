//! The queries, written once for every SQL database.
//!
//! A store module includes this one by path and gives it, as its parent, a `dialect` module (the connection and
//! its types, what the database does in its own way) and a `UnitOfWork` to implement the repositories on.
//!
//! Look-ups by something unique end in `get_result`, not in `first`: that would bind a `LIMIT`, and SQLite prepares
//! a statement anew whenever its limit is bound, at four times the cost of the whole query.

mod apps;
mod callbacks;
mod deliveries;
mod events;
mod ingest_health;
mod members;
mod nodes;
mod page;
mod remembered;
mod requests;
mod schema;
mod sessions;
mod settings;
mod stream_keys;
mod template;
mod totals;
mod video_rooms;
mod whitelist;
mod word;
mod written;

pub(super) use remembered::Remembered;
#[allow(
    unused_imports,
    reason = "used by SQLite's dialect only: see `off_the_index` of each"
)]
pub(super) use totals::{EXACT, MOST};
pub(super) use video_rooms::{Found, Sample};
pub(super) use written::{Parameter, Written};

use std::time::Duration;

use domain::Timestamp;
use ports::store::StoreError;

use super::UnitOfWork;
use super::dialect::{self, Db, Stamp};

/// Turns a failed query about `what` into the store's error.
fn failed(what: &'static str) -> impl Fn(diesel::result::Error) -> StoreError {
    move |error| dialect::failed(what, error)
}

/// Turns a value that `what` can't have into the store's error.
fn corrupt<E: std::error::Error + Send + Sync + 'static>(what: &'static str) -> impl Fn(E) -> StoreError {
    move |error| StoreError::corrupt(what, error)
}

/// A compare-and-set that hit no row lost against another.
fn hit_one(what: &'static str, rows: usize) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale { what })
    }
}

/// Whether one of these texts, if it is given, can't be in the store: then nothing is like it.
fn matches_nothing(texts: &[&Option<String>]) -> bool {
    let mut given = texts.iter().filter_map(|text| text.as_deref());
    given.any(|text| !dialect::storable(text))
}

/// The time from one moment to another; none if that comes first.
fn since(from: Timestamp, to: Timestamp) -> Duration {
    let micros = to.micros().saturating_sub(from.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

fn stamp(time: Timestamp) -> Stamp {
    dialect::stamp(time)
}

fn timestamp(stamp: Stamp) -> Timestamp {
    dialect::timestamp(stamp)
}
