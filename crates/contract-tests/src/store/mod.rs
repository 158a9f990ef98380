//! What every store owes, a module for each part of the port.

#![expect(
    clippy::missing_panics_doc,
    reason = "a case panics where the contract is not kept: that is what it is for"
)]

pub mod apps;
pub mod callbacks;
pub mod concurrency;
pub mod corruption;
pub mod deliveries;
pub mod events;
pub mod ingest_health;
pub mod keyword;
pub mod list;
pub mod member_list;
pub mod members;
pub mod nodes;
pub mod playback;
pub mod reopening;
pub mod requests;
pub mod sessions;
pub mod settings;
pub mod stream_key_list;
pub mod stream_keys;
pub mod totals;
pub mod units_of_work;
pub mod video_rooms;
pub mod whitelist;

mod fixture;
mod harness;
mod macros;

pub use harness::{Corruption, Harness};
