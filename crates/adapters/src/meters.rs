//! What is counted of storage, whichever database it is in, and of telling apps. Handles are made once, so that counting costs no look-up.

use std::sync::LazyLock;
use std::time::Instant;

use metrics::{Counter, Histogram, Unit, counter, describe_counter, describe_histogram, histogram};
use ports::store::StoreError;

const QUERIES: &str = "videoroom_storage_query_duration_seconds";
const TRANSACTIONS: &str = "videoroom_storage_transaction_duration_seconds";
const WAITS: &str = "videoroom_storage_wait_duration_seconds";
const ERRORS: &str = "videoroom_storage_errors_total";
const DELIVERIES: &str = "videoroom_callback_deliveries_total";
const DELIVERING: &str = "videoroom_callback_delivery_duration_seconds";

/// How many connections a store has, and who waits for one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connections {
    /// As many as there may be.
    pub max: usize,
    /// Those that are open.
    pub open: usize,
    /// Those of them that nobody uses.
    pub idle: usize,
    /// Units of work that wait for one.
    pub waiting: usize,
}

/// Every handle of this crate.
pub(crate) struct Meters {
    pub(crate) queries: Histogram,
    pub(crate) committed: Histogram,
    pub(crate) rolled_back: Histogram,
    /// Waiting for a connection to come free.
    pub(crate) connections: Histogram,
    /// Waiting for the turn to write, where there is one writer.
    pub(crate) turns: Histogram,
    unavailable: Counter,
    outcome_unknown: Counter,
    corrupt: Counter,
    stale: Counter,
    /// Telling an app, from looking its name up to the head of the answer or to giving up.
    pub(crate) delivering: Histogram,
    pub(crate) delivered: Counter,
    pub(crate) refused: Counter,
    pub(crate) unanswered: Counter,
}

pub(crate) static METERS: LazyLock<Meters> = LazyLock::new(|| Meters {
    queries: histogram!(QUERIES),
    committed: histogram!(TRANSACTIONS, "outcome" => "committed"),
    rolled_back: histogram!(TRANSACTIONS, "outcome" => "rolled_back"),
    connections: histogram!(WAITS, "for" => "connection"),
    turns: histogram!(WAITS, "for" => "turn"),
    unavailable: counter!(ERRORS, "kind" => "unavailable"),
    outcome_unknown: counter!(ERRORS, "kind" => "outcome_unknown"),
    corrupt: counter!(ERRORS, "kind" => "corrupt"),
    stale: counter!(ERRORS, "kind" => "stale"),
    delivering: histogram!(DELIVERING),
    delivered: counter!(DELIVERIES, "outcome" => "delivered"),
    refused: counter!(DELIVERIES, "outcome" => "refused"),
    unanswered: counter!(DELIVERIES, "outcome" => "unanswered"),
});

/// Says what this crate counts, and begins to. To be called when there is a recorder, before a store is opened.
pub fn describe_metrics() {
    describe_histogram!(QUERIES, Unit::Seconds, "Statements, from sending to the last row");
    describe_histogram!(
        TRANSACTIONS,
        Unit::Seconds,
        "Transactions, from their beginning to their end"
    );
    describe_histogram!(
        WAITS,
        Unit::Seconds,
        "Waits for a connection of the pool, or for the turn to write to SQLite"
    );
    describe_counter!(ERRORS, "Statements and waits that failed, by what that means");
    describe_counter!(
        DELIVERIES,
        "Attempts to tell apps of events, by what came of them"
    );
    describe_histogram!(
        DELIVERING,
        Unit::Seconds,
        "Attempts to tell apps, until the head of the answer"
    );
    LazyLock::force(&METERS);
}

/// Counts an error on its way.
pub(crate) fn counted(error: StoreError) -> StoreError {
    match &error {
        StoreError::Unavailable(_) => METERS.unavailable.increment(1),
        StoreError::OutcomeUnknown(_) => METERS.outcome_unknown.increment(1),
        StoreError::Corrupt { .. } => METERS.corrupt.increment(1),
        StoreError::Stale { .. } => METERS.stale.increment(1),
        StoreError::AlreadyExists { .. } => {}
    }
    error
}

/// Waits, and counts for how long.
pub(crate) async fn timed<T>(histogram: &Histogram, wait: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = wait.await;
    histogram.record(begun.elapsed());
    done
}
