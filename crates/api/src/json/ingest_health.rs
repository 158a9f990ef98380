//! How an ingest is doing, as the API tells it.

use std::time::Duration;

use ports::media::{Health, Latency, Warning};
use serde::Serialize;
use utoipa::ToSchema;

/// How what is published with a stream key is doing; nothing of it is known while nobody publishes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = IngestHealth)]
pub(crate) struct IngestHealthJson<'a> {
    /// Bits of audio and video a second, over the last eight seconds.
    bitrate: Option<u64>,
    /// Frames of video a second, by the encoder's clock.
    frame_rate: Option<f64>,
    /// Seconds between the last two key frames of video, or since the last one if that is longer.
    key_frame_interval: Option<f64>,
    /// As in a playlist's `CODECS`, such as `avc1.64001f`.
    video_codec: Option<&'a str>,
    /// As in a playlist's `CODECS`, such as `mp4a.40.2`.
    audio_codec: Option<&'a str>,
    width: Option<u16>,
    height: Option<u16>,
    /// Frames that came since the publisher connected and can't be played.
    dropped: u64,
    latency: LatencyJson,
    /// What the broadcaster should change, the most urgent first.
    warnings: Vec<WarningJson<'a>>,
}

/// Milliseconds from the coming of a part's first frame to the part's being there for players.
#[derive(Serialize, ToSchema)]
#[schema(as = IngestLatency)]
struct LatencyJson {
    /// What half of the last parts took at most.
    p50: Option<u64>,
    /// What 95 in 100 of the last parts took at most.
    p95: Option<u64>,
}

/// Something that viewers notice, or soon will.
#[derive(Serialize, ToSchema)]
#[schema(as = IngestWarning)]
struct WarningJson<'a> {
    /// Its name for programs.
    code: &'a str,
    /// What is wrong, and what to do about it.
    message: &'a str,
}

impl<'a> From<&'a Health> for IngestHealthJson<'a> {
    fn from(health: &'a Health) -> Self {
        Self {
            bitrate: health.bitrate,
            frame_rate: health.frame_rate.map(|rate| f64::from(rate) / 1_000.0),
            key_frame_interval: health.key_frame_interval.map(seconds),
            video_codec: health.video_codec.as_deref(),
            audio_codec: health.audio_codec.as_deref(),
            width: health.resolution.map(|(width, _)| width),
            height: health.resolution.map(|(_, height)| height),
            dropped: health.dropped,
            latency: health.latency.into(),
            warnings: health.warnings.iter().map(Into::into).collect(),
        }
    }
}

impl From<Option<Latency>> for LatencyJson {
    fn from(latency: Option<Latency>) -> Self {
        Self {
            p50: latency.map(|latency| millis(latency.p50)),
            p95: latency.map(|latency| millis(latency.p95)),
        }
    }
}

impl<'a> From<&'a Warning> for WarningJson<'a> {
    fn from(warning: &'a Warning) -> Self {
        Self {
            code: &warning.code,
            message: &warning.message,
        }
    }
}

/// Whole milliseconds.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Seconds, to the millisecond: the clocks of encoders are no finer.
fn seconds(duration: Duration) -> f64 {
    let millis = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
    f64::from(millis) / 1_000.0
}
