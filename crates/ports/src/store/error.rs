//! What can go wrong with a store.

use std::error::Error as StdError;

use thiserror::Error;

type Source = Box<dyn StdError + Send + Sync>;

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A row with this unique value is there already.
    #[error("{what} exists already")]
    AlreadyExists {
        /// What kind of row.
        what: &'static str,
    },
    /// The row was changed by another since it was read. Reading again and deciding anew is safe.
    #[error("{what} was changed by another meanwhile")]
    Stale {
        /// What kind of row.
        what: &'static str,
    },
    /// The store can't be reached, is full or too busy. Nothing was written.
    #[error("the store is not available")]
    Unavailable(#[source] Source),
    /// The connection broke during a commit: what was written may be there or not.
    #[error("the outcome of a commit is unknown")]
    OutcomeUnknown(#[source] Source),
    /// A row that no domain value can hold, or a query that the schema does not fit.
    #[error("{what} in the store is corrupt")]
    Corrupt {
        /// What kind of row.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Source,
    },
}

impl StoreError {
    /// [`StoreError::Corrupt`] of `what`, for the reason `source`.
    pub fn corrupt(what: &'static str, source: impl Into<Source>) -> Self {
        Self::Corrupt {
            what,
            source: source.into(),
        }
    }

    /// [`StoreError::Unavailable`], for the reason `source`.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }
}
