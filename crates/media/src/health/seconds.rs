//! What came in each of the last seconds.

use crate::UnixMicros;
use crate::packaging::{Track, Tracks};

/// Whole seconds that are remembered, and the one that goes on.
const KEPT: usize = 17;

/// How many seconds the bitrate is an average of, at most.
const RATED: i64 = 8;

/// Over how many seconds the encoder's clock is compared with ours.
const COMPARED: i64 = 16;

/// What came in one second by our clock.
#[derive(Debug, Clone, Copy, Default)]
struct Second {
    number: i64,
    bytes: u64,
    frames: u32,
    /// Milliseconds by which each track has gone on, by the encoder's clock.
    passed: Tracks<u32>,
}

/// The last seconds.
#[derive(Debug, Default)]
pub(super) struct Seconds {
    kept: [Second; KEPT],
    /// The second in which something came first: it is no whole one.
    first: Option<i64>,
}

impl Seconds {
    /// Counts the bytes of a message.
    pub(super) fn bytes(&mut self, bytes: usize, now: UnixMicros) {
        if let Some(second) = self.second(now) {
            second.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        }
    }

    /// Counts a frame that is `passed` milliseconds after the one before on its track.
    pub(super) fn frame(&mut self, track: Track, passed: i64, now: UnixMicros) {
        if let Some(second) = self.second(now) {
            second.frames += u32::from(track == Track::Video);
            let sum = second.passed.of_mut(track);
            *sum = sum.saturating_add(u32::try_from(passed).unwrap_or(0));
        }
    }

    /// Bits a second, once there is a whole second.
    pub(super) fn bitrate(&self, now: UnixMicros) -> Option<u64> {
        let whole = self.whole(now, RATED)?;
        let bytes: u64 = self.last(now, whole).map(|second| second.bytes).sum();
        Some(bytes * 8 / whole.unsigned_abs())
    }

    /// Thousandths of a frame of video a second, by the encoder's clock.
    pub(super) fn frame_rate(&self, now: UnixMicros) -> Option<u32> {
        let whole = self.whole(now, RATED)?;
        let sum = |count: fn(&Second) -> u32| -> u64 {
            self.last(now, whole).map(|second| u64::from(count(second))).sum()
        };
        let frames = sum(|second| second.frames);
        let rate = (frames * 1_000_000).checked_div(sum(|second| second.passed.video));
        u32::try_from(rate.unwrap_or(0)).ok()
    }

    /// Milliseconds by which a track has gone on in so many milliseconds by our clock, once there are enough seconds to
    /// compare.
    pub(super) fn progress(&self, track: Track, now: UnixMicros) -> Option<(u32, u32)> {
        let whole = self.whole(now, COMPARED).filter(|whole| *whole == COMPARED)?;
        let passed = self.last(now, whole).map(|second| *second.passed.of(track)).sum();
        Some((passed, u32::try_from(whole * 1_000).ok()?))
    }

    /// How many whole seconds there are, up to so many.
    fn whole(&self, now: UnixMicros, most: i64) -> Option<i64> {
        let since = number(now) - self.first? - 1;
        (since > 0).then(|| since.min(most))
    }

    /// The last so many whole seconds in which something came.
    fn last(&self, now: UnixMicros, count: i64) -> impl Iterator<Item = &Second> {
        let end = number(now);
        self.kept
            .iter()
            .filter(move |second| (end - count..end).contains(&second.number))
    }

    fn second(&mut self, now: UnixMicros) -> Option<&mut Second> {
        let number = number(now);
        self.first.get_or_insert(number);
        let place = usize::try_from(number).ok()? % KEPT;
        let second = self.kept.get_mut(place)?;
        if second.number != number {
            *second = Second {
                number,
                ..Second::default()
            };
        }
        Some(second)
    }
}

const fn number(now: UnixMicros) -> i64 {
    now.0.div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000_400_000;

    fn at(millis: i64) -> UnixMicros {
        UnixMicros(START + millis * 1_000)
    }

    #[test]
    fn rates_are_of_whole_seconds_only() {
        let mut seconds = Seconds::default();
        for millis in (0..1_500).step_by(40) {
            seconds.bytes(5_000, at(millis));
            seconds.frame(Track::Video, 40, at(millis));
        }
        assert_eq!(seconds.bitrate(at(1_500)), None);
        for millis in (1_500..30_000).step_by(40) {
            seconds.bytes(5_000, at(millis));
            seconds.frame(Track::Video, 40, at(millis));
        }
        assert_eq!(seconds.bitrate(at(30_000)), Some(1_000_000));
        assert_eq!(seconds.frame_rate(at(30_000)), Some(25_000));
    }

    #[test]
    fn rates_fall_to_nothing_when_nothing_comes() {
        let mut seconds = Seconds::default();
        for millis in (0..10_000).step_by(100) {
            seconds.bytes(1_000, at(millis));
            seconds.frame(Track::Video, 100, at(millis));
        }
        assert_eq!(seconds.bitrate(at(14_000)), Some(44_000));
        assert_eq!(seconds.bitrate(at(19_000)), Some(0));
        assert_eq!(seconds.frame_rate(at(19_000)), Some(0));
    }

    #[test]
    fn progress_compares_two_clocks() {
        let mut seconds = Seconds::default();
        for millis in (0..40_000).step_by(50) {
            seconds.frame(Track::Audio, 40, at(millis));
        }
        assert_eq!(seconds.progress(Track::Audio, at(40_000)), Some((12_800, 16_000)));
        assert_eq!(seconds.progress(Track::Video, at(40_000)), Some((0, 16_000)));
        assert_eq!(seconds.progress(Track::Audio, at(10_000)), None);
    }
}
