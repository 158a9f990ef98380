//! Keeps the dates of a session with the wall clock: a publisher's clock runs a little faster or slower, and hours add up.
//!
//! Dates follow the publisher's clock from where a discontinuity anchored them. How late segments begin against their
//! dates says how far the clocks are apart by now: the earliest of a stretch, as networks only ever delay. Dates are then
//! set right in steps that players don't notice (RFC 8216bis, 6.2.1, allows overlaps below a second).

use crate::UnixMicros;

/// Segments that are looked at before dates are set right.
const STRETCH: u32 = 15;
/// Microseconds of difference that are let be.
const LET_BE: i64 = 50_000;
/// The most that dates are moved at once, in microseconds.
const STEP: i64 = 250_000;

/// What is known of the difference between a session's clock and the wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Drift {
    /// Microseconds to be added to dates.
    correction: i64,
    /// The least lateness of the segments so far, and how many those are.
    least: Option<i64>,
    segments: u32,
}

impl Drift {
    /// The date of a segment that the session's clock dates at `date`, and which begins now.
    pub(super) fn correct(&mut self, date: UnixMicros, now: UnixMicros) -> UnixMicros {
        let corrected = date.0.saturating_add(self.correction);
        let late = now.0.saturating_sub(corrected);
        let least = self.least.map_or(late, |least| least.min(late));
        self.least = Some(least);
        self.segments += 1;
        if self.segments >= STRETCH {
            if least.saturating_abs() > LET_BE {
                self.correction += least.clamp(-STEP, STEP);
            }
            self.least = None;
            self.segments = 0;
        }
        UnixMicros(corrected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// How far dates are from the time at which segments of 2 s begin, by a clock that gains so many millionths, over
    /// networks that delay every other segment.
    fn apart(gain: i64, segments: i64) -> Vec<i64> {
        let mut drift = Drift::default();
        let dates = (0..segments).map(|segment| {
            let now = segment * 2 * SECOND;
            let delay = segment % 2 * 30_000;
            let own = now + now / SECOND * gain;
            drift.correct(UnixMicros(own), UnixMicros(now + delay)).0 - now
        });
        dates.collect()
    }

    #[test]
    fn clocks_that_agree_are_left_alone() {
        assert!(apart(0, 1_000).into_iter().all(|apart| apart == 0));
    }

    #[test]
    fn dates_stay_with_the_wall_clock_for_a_day_of_drift() {
        for gain in [300, -300] {
            let apart = apart(gain, 43_200);
            assert!(apart.iter().all(|apart| apart.abs() < 80_000), "{gain}");
        }
    }

    #[test]
    fn a_burst_at_the_start_is_corrected_step_by_step() {
        let mut drift = Drift::default();
        // The first segment was anchored a second late: everything after it comes early.
        let apart: Vec<_> = (1..100)
            .map(|segment| {
                drift
                    .correct(
                        UnixMicros(segment * 2 * SECOND + SECOND),
                        UnixMicros(segment * 2 * SECOND),
                    )
                    .0
                    - segment * 2 * SECOND
            })
            .collect();
        assert_eq!(apart.first(), Some(&SECOND));
        assert_eq!(apart.last(), Some(&0));
        assert!(apart.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= STEP));
    }
}
