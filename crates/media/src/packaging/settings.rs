//! What an operator may choose about packaging.

use std::time::Duration;

/// Durations and bounds of packaging. The defaults are those of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagingSettings {
    /// Segments end at the first key frame after this.
    pub segment_duration: Duration,
    /// What parts come closest to, in whole frames; what a sequence begins with stays its `PART-TARGET`.
    pub part_duration: Duration,
    /// How much of the stream a live playlist lists, but never less than three target durations.
    pub window: Duration,
    /// How long media stays after its broadcast is over, beyond the window.
    pub linger: Duration,
    /// Without a key frame for this long, the session ends with an error.
    pub key_frame_within: Duration,
    /// How long a stream with one track waits for the other before it starts without.
    pub track_wait: Duration,
    /// How many bytes the segments that share a number may have; past it the session ends with an error.
    pub segment_bytes: usize,
    /// How many discontinuities may come at once; beyond that, one a second.
    pub discontinuity_burst: u32,
}

impl Default for PackagingSettings {
    fn default() -> Self {
        Self {
            segment_duration: Duration::from_secs(2),
            part_duration: Duration::from_millis(333),
            window: Duration::from_secs(12),
            linger: Duration::from_secs(60),
            key_frame_within: Duration::from_secs(20),
            track_wait: Duration::from_secs(1),
            segment_bytes: 64 * 1024 * 1024,
            discontinuity_burst: 20,
        }
    }
}
