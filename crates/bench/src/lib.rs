//! Load for the platform, and what is measured under it. Every figure is a ratio against a baseline that ran in the
//! same run, or stands beside the bound that it is held to.
//!
//! The programs: `publish` (the load generator alone), `ingest`, `room_read` and `startup`.

pub mod api;
pub mod clip;
pub mod load;
pub mod nginx;
pub mod platform;
pub mod process;
pub mod publishers;
pub mod report;
