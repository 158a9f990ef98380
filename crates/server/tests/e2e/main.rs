//! Whole broadcasts through the real program: real encoders publish, real players play, and processes die.

#[path = "../support/disk.rs"]
mod disk;
#[path = "../support/mod.rs"]
mod support;

#[path = "../../../media/tests/mpd_support/mod.rs"]
mod mpd_support;

mod access;
mod broadcast;
mod browser;
mod crash;
mod dash;
mod encoders;
mod endurance;
mod full_disk;
mod health;
mod house;
mod interruptions;
mod kills;
mod low_latency;
mod player;
mod publisher;
mod refusals;
mod relay;
mod sqlite;
mod tls;
mod upgrade;
