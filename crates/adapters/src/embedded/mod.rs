//! The media server inside the process: the engine of the crate `media` behind the ports.

mod origin;
mod server;

pub use origin::Origin;
pub use server::MediaServer;

use domain::{SessionId, StreamKeyId, Timestamp};
use media::UnixMicros;

/// A stream key is a channel of the engine under the same number.
fn channel(key: StreamKeyId) -> media::ChannelId {
    media::ChannelId(key.get())
}

fn session(id: SessionId) -> media::SessionId {
    media::SessionId(id.get())
}

fn instant(at: Timestamp) -> UnixMicros {
    UnixMicros(at.micros())
}
