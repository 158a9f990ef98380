//! What implements the ports: storage in [`memory`] and in [`sqlite`], the system's clock and randomness.

pub mod memory;
pub mod sqlite;

mod clock;
mod fold;
mod secrets;

pub use clock::SystemClock;
pub use secrets::OsSecrets;
