//! What implements the ports: storage in [`memory`], [`sqlite`] and [`postgres`], the media server inside the process
//! ([`embedded`]) and one that tests move ([`scripted`]), the way to apps' own servers ([`callbacks`]), the system's clock and randomness.

#![allow(
    clippy::duplicate_mod,
    reason = "the queries in `sql` are compiled once for each SQL database"
)]

pub mod callbacks;
pub mod embedded;
pub mod memory;
pub mod postgres;
pub mod scripted;
pub mod sqlite;

mod clock;
mod fold;
mod grants;
mod held;
mod meters;
mod repositories;
mod secrets;
mod tokens;

pub use clock::SystemClock;
pub use meters::{Connections, describe_metrics};
pub use secrets::OsSecrets;
pub use tokens::Jwt;
