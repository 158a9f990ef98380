//! What implements the ports: storage in [`memory`] and in [`sqlite`], the media server inside the process
//! ([`embedded`]) and one that tests move ([`scripted`]), the system's clock and randomness.

pub mod embedded;
pub mod memory;
pub mod scripted;
pub mod sqlite;

mod clock;
mod fold;
mod secrets;

pub use clock::SystemClock;
pub use secrets::OsSecrets;
