//! What a store remembers between requests, so that lists stay quick: never rows.

use super::totals::Totals;
use super::video_rooms::Samples;

/// What lists need to know of what is in the store, and may know a little late.
#[derive(Default)]
pub(in super::super) struct Remembered {
    /// How many rows large lists have.
    pub(super) totals: Totals,
    /// What the titles of apps are like.
    pub(super) samples: Samples,
}
