//! One player's timestamps: from near 0, and never back, over any number of sessions.

use crate::MediaKind;
use crate::packaging::Tracks;

/// Milliseconds between the last frame of one session and the first of the next.
const STEP: i64 = 20;

/// Puts the timelines of sessions behind each other.
#[derive(Debug, Default)]
pub(super) struct Clock {
    offset: i64,
    /// The latest timestamp of each track.
    latest: Tracks<i64>,
    begun: bool,
}

impl Clock {
    /// A session is seen from this moment of its timeline on.
    pub(super) fn begin(&mut self, at: i64) {
        let from = if self.begun { self.newest() + STEP } else { 0 };
        self.begun = true;
        self.offset = from - at;
    }

    /// The timestamp of a message at a moment of the session's timeline. It wraps around as RTMP's do.
    pub(super) fn timestamp(&mut self, kind: MediaKind, at: i64) -> u32 {
        let time = (at + self.offset).max(0);
        let time = match kind {
            MediaKind::Video => rise(&mut self.latest.video, time),
            MediaKind::Audio => rise(&mut self.latest.audio, time),
            MediaKind::Data => time.max(self.newest()),
        };
        u32::try_from(time & i64::from(u32::MAX)).unwrap_or(u32::MAX)
    }

    fn newest(&self) -> i64 {
        self.latest.video.max(self.latest.audio)
    }
}

fn rise(latest: &mut i64, time: i64) -> i64 {
    *latest = time.max(*latest);
    *latest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_begins_at_zero_and_goes_on_over_sessions() {
        let mut clock = Clock::default();
        clock.begin(5_000);
        assert_eq!(clock.timestamp(MediaKind::Audio, 4_990), 0);
        assert_eq!(clock.timestamp(MediaKind::Video, 5_000), 0);
        assert_eq!(clock.timestamp(MediaKind::Video, 5_040), 40);
        clock.begin(0);
        assert_eq!(clock.timestamp(MediaKind::Video, 0), 60);
        assert_eq!(clock.timestamp(MediaKind::Audio, 10), 70);
    }

    #[test]
    fn time_never_goes_back() {
        let mut clock = Clock::default();
        clock.begin(0);
        assert_eq!(clock.timestamp(MediaKind::Video, 100), 100);
        assert_eq!(clock.timestamp(MediaKind::Video, 90), 100);
    }
}
