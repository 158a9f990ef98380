//! What every media server owes, a module for each part of the port.

#![expect(
    clippy::missing_panics_doc,
    reason = "a case panics where the contract is not kept: that is what it is for"
)]

pub mod origin;
pub mod publishing;
pub mod sending_off;
pub mod shutting_down;
pub mod silence;

mod fixture;
mod harness;
mod macros;

pub use harness::{Harness, Publisher};
