//! The limit on a publisher's bitrate: a bucket that holds ten seconds of it and drains at that rate.

use std::time::{Duration, Instant};

/// Over how long the rate is averaged.
const PERIOD: Duration = Duration::from_secs(10);

/// One publisher's bucket.
#[derive(Debug)]
pub(super) struct Rate {
    bits_per_second: u64,
    /// Bits that have not drained yet.
    level: u64,
    drained: Instant,
}

impl Rate {
    pub(super) const fn new(bits_per_second: u64, now: Instant) -> Self {
        Self {
            bits_per_second,
            level: 0,
            drained: now,
        }
    }

    /// Counts bytes that came; false if they are too many.
    pub(super) fn admit(&mut self, bytes: usize, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.drained);
        // Drained by the millisecond, so that rounding loses nothing however often this is called.
        if let Ok(millis @ 1..) = u64::try_from(passed.as_millis()) {
            self.level = self
                .level
                .saturating_sub(self.bits_per_second.saturating_mul(millis) / 1_000);
            self.drained += Duration::from_millis(millis);
        }
        let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
        self.level = self.level.saturating_add(bits);
        self.level <= self.bits_per_second.saturating_mul(PERIOD.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds until a publisher of `bits` per second, in 100 pieces each, is too fast.
    fn seconds(bits: usize) -> Option<u32> {
        let start = Instant::now();
        let mut rate = Rate::new(1_000_000, start);
        (0..60_000)
            .find(|at| !rate.admit(bits / 800, start + Duration::from_millis(10) * *at))
            .map(|at| at / 100)
    }

    #[test]
    fn limit_itself_is_allowed_for_ever() {
        assert_eq!(seconds(1_000_000), None);
    }

    #[test]
    fn twice_the_limit_is_too_fast_after_ten_seconds() {
        assert_eq!(seconds(2_000_000), Some(9));
        assert!(seconds(1_100_000).is_some_and(|seconds| seconds > 90));
    }
}
