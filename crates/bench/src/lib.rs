//! Load for the platform, and what is measured under it. Every figure is a ratio against a baseline that ran in the
//! same run, or stands beside the bound that it is held to.
//!
//! The programs: `publish` (the load generator alone), `authentication`, `changes`, `delivery`, `flat`, `ingest`, `latency`,
//! `lists`, `room_read`, `startup` and `viewers`.

pub mod api;
pub mod bare;
pub mod broadcast;
pub mod clip;
pub mod cost;
pub mod latency;
pub mod load;
pub mod nginx;
pub mod platform;
pub mod postgres;
pub mod process;
pub mod publishers;
pub mod report;
pub mod store;
pub mod streams;
pub mod viewers;
