//! How an ingest is doing.

use std::time::Duration;

/// How an ingest is doing at a moment; nothing of all this while nobody publishes. What is not known is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Bits of media a second.
    pub bitrate: Option<u64>,
    /// Thousandths of a frame of video a second.
    pub frame_rate: Option<u32>,
    /// Between key frames of video.
    pub key_frame_interval: Option<Duration>,
    /// The codec of video, as in `CODECS` (RFC 6381).
    pub video_codec: Option<String>,
    /// The codec of audio, as in `CODECS` (RFC 6381).
    pub audio_codec: Option<String>,
    /// Width and height of the picture.
    pub resolution: Option<(u16, u16)>,
    /// Frames that came in this session and can't be played.
    pub dropped: u64,
    /// How long it takes from a frame's coming to its being there for players.
    pub latency: Option<Latency>,
    /// What the broadcaster should change, the most urgent first.
    pub warnings: Vec<Warning>,
}

/// How long it takes from a frame's coming to its being there for players.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// At most, for half of what came.
    pub p50: Duration,
    /// At most, for 95 in 100.
    pub p95: Duration,
}

/// What the broadcaster should change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its name for programs, such as `KEY_FRAMES_RARE`.
    pub code: String,
    /// What is wrong, and what to do about it.
    pub message: String,
}
