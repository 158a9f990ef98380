//! How an ingest is doing: what comes, whether players get it well, and what the broadcaster should change.
//!
//! A [`Meter`] is told of every message of a session, with the time, and of every part that came of it. It keeps a fixed
//! amount, and a message costs it some additions. Anybody who holds the session's [`Probe`] may ask.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

mod latencies;
mod meter;
mod pace;
mod seconds;
mod warning;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use self::meter::{Meter, Totals};
pub use self::warning::Warning;
use crate::UnixMicros;

/// How an ingest is doing at a moment. What is not known (yet) is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Bits of media a second, over the last eight seconds.
    pub bitrate: Option<u64>,
    /// Thousandths of a frame of video a second, by the encoder's clock.
    pub frame_rate: Option<u32>,
    /// Between the last two key frames of video, or since the last one if that is longer.
    pub key_frame_interval: Option<Duration>,
    /// As in `CODECS` (RFC 6381).
    pub video_codec: Option<String>,
    /// As in `CODECS` (RFC 6381).
    pub audio_codec: Option<String>,
    /// Width and height in luma samples.
    pub resolution: Option<(u16, u16)>,
    /// Frames that came since the session began and are in no segment.
    pub dropped: u64,
    /// How long the last parts took from their first frame's coming to their being there; `None` where there are none.
    pub latency: Option<Latency>,
    /// What the broadcaster should change, the most urgent first.
    pub warnings: Vec<Warning>,
}

/// How long parts took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50: Duration,
    /// 95 in 100 took no longer.
    pub p95: Duration,
}

/// Looks at the meter of a session from outside. A clone looks at the same one.
#[derive(Debug, Clone)]
pub struct Probe(Arc<Mutex<Meter>>);

impl Probe {
    pub(crate) fn new(meter: Meter) -> Self {
        Self(Arc::new(Mutex::new(meter)))
    }

    /// How the session is doing `now`; `bitrate_limit` is what its publisher may send, in bits a second.
    pub fn health(&self, now: UnixMicros, bitrate_limit: u64) -> Health {
        self.meter().health(now, bitrate_limit)
    }

    pub(crate) fn meter(&self) -> MutexGuard<'_, Meter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
