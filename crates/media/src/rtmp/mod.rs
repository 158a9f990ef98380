//! RTMP 1.0 (Adobe, December 2012), both ends, without I/O: bytes in, events and bytes out.
//!
//! Everything a peer can make us keep is bounded, and memory follows the bytes that came, never the lengths that
//! were declared.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

pub mod amf0;
pub mod chunk;
pub mod client;
mod command;
pub mod handshake;
pub mod message;
mod output;
mod session;
mod stream_name;

pub use output::Output;
pub use session::{Event, PlayRefusal, Refusal, ServerSession, SessionError, SessionSettings};
pub use stream_name::StreamKey;
