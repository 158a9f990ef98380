//! The media server inside the process: the engine of the crate `media` behind the ports.

mod origin;
mod server;

pub use origin::Origin;
pub use server::MediaServer;

use domain::{SessionId, StreamKeyId, Timestamp};
use media::{UnixMicros, hub};
use ports::media::{Health, Latency, View, Warning};

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

/// What a player may see, in the engine's words.
fn view(view: View) -> hub::View {
    match view {
        View::Preview(id) => hub::View::Preview(session(id)),
        View::Broadcast { from, until } => hub::View::Broadcast {
            from: instant(from),
            until: until.map(instant),
        },
    }
}

/// How a session is doing, in the port's words.
fn health(health: media::health::Health) -> Health {
    let media::health::Health {
        bitrate,
        frame_rate,
        key_frame_interval,
        video_codec,
        audio_codec,
        resolution,
        dropped,
        latency,
        warnings,
    } = health;
    Health {
        bitrate,
        frame_rate,
        key_frame_interval,
        video_codec,
        audio_codec,
        resolution,
        dropped,
        latency: latency.map(|media::health::Latency { p50, p95 }| Latency { p50, p95 }),
        warnings: warnings
            .iter()
            .map(|warning| Warning {
                code: warning.code().to_owned(),
                message: warning.to_string(),
            })
            .collect(),
    }
}
