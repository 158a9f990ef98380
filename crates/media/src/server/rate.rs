//! The limit on a publisher's bitrate: whoever is above it for ten seconds goes, and nobody is read faster than that takes.

use std::time::{Duration, Instant};

/// How many times the limit is read within a period. Beyond that the publisher is kept waiting, so that what it sends
/// stays in the network and not in memory.
const READ_AT_MOST: u64 = 2;

/// What a publisher has sent in a period that began with what it sent first, or when the one before was over.
#[derive(Debug)]
pub(super) struct Rate {
    bits_per_second: u64,
    period: Duration,
    /// Bits since the period began.
    bits: u64,
    began: Instant,
}

/// What is to be done with a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Read on.
    Fine,
    /// Leave what it sends unread for a while.
    Wait,
    /// Send it off.
    TooFast,
}

impl Rate {
    pub(super) const fn new(bits_per_second: u64, period: Duration, now: Instant) -> Self {
        Self {
            bits_per_second,
            period,
            bits: 0,
            began: now,
        }
    }

    /// Counts bytes that came.
    pub(super) fn count(&mut self, bytes: usize) {
        let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
        self.bits = self.bits.saturating_add(bits);
    }

    /// How the publisher keeps to the limit.
    pub(super) fn pace(&mut self, now: Instant) -> Pace {
        let passed = now.saturating_duration_since(self.began);
        if passed >= self.period {
            if self.bits > self.allowed(passed) {
                return Pace::TooFast;
            }
            self.bits = 0;
            self.began = now;
        }
        if self.bits > self.allowed(self.period).saturating_mul(READ_AT_MOST) {
            Pace::Wait
        } else {
            Pace::Fine
        }
    }

    fn allowed(&self, time: Duration) -> u64 {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.bits_per_second.saturating_mul(millis) / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds until a publisher of `bits` per second is sent off, and the bytes that were read of it.
    fn sent_off(bits: usize) -> Option<(u64, usize)> {
        let start = Instant::now();
        let mut rate = Rate::new(1_000_000, Duration::from_secs(10), start);
        let mut read = 0;
        for at in (0..600_000).step_by(10) {
            match rate.pace(start + Duration::from_millis(at)) {
                Pace::Fine => {
                    rate.count(bits / 800);
                    read += bits / 800;
                }
                Pace::Wait => {}
                Pace::TooFast => return Some((at, read)),
            }
        }
        None
    }

    #[test]
    fn limit_itself_is_allowed_for_ever() {
        assert_eq!(sent_off(1_000_000), None);
    }

    #[test]
    fn whoever_is_above_the_limit_goes_after_ten_seconds_however_much_it_sends() {
        for bits in [1_100_000, 2_000_000, 5_000_000, 1_000_000_000] {
            assert_eq!(sent_off(bits).map(|(after, _)| after), Some(10_000), "{bits}");
        }
    }

    #[test]
    fn a_flood_is_not_taken_into_memory() {
        let (_, read) = sent_off(1_000_000_000).unwrap();
        assert!(read <= 2 * 10 * 1_000_000 / 8 + 1_250_000, "{read}");
    }
}
