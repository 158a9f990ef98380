//! The media engine: RTMP in, CMAF as HLS and DASH out.
//!
//! Sans-I/O cores (bytes in, events and bytes out) with a thin tokio shell. It knows channels and publishing
//! sessions by opaque numbers, and nothing of rooms, apps or databases: an adapter plugs it in.

pub mod flv;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod health;
pub mod hub;
mod meters;
pub mod packaging;
pub mod rtmp;
pub mod server;
mod types;

pub use meters::describe_metrics;
pub use types::{ChannelId, Delivery, Media, MediaKind, SessionId, UnixMicros};
