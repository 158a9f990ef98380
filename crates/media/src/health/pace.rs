//! One track's way through time: by the encoder's clock, by the session's timeline, and by ours.

use crate::UnixMicros;

/// A difference of two timestamps beyond this, in milliseconds, is a jump, as for the timeline.
const JUMP: i64 = 10_000;
/// A step back beyond this is one, too.
const STEP_BACK: i64 = 1_000;

/// Where a track is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// The last timestamp on the publisher's clock.
    stamp: u32,
    /// Milliseconds on the session's timeline of the first and of the newest frame.
    pub(super) first: i64,
    pub(super) latest: i64,
    /// When the newest frame came.
    pub(super) heard: UnixMicros,
}

/// What a frame says of the time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Milliseconds since the frame before on the session's timeline.
    pub(super) passed: i64,
    /// Milliseconds by which the publisher's clock has jumped, if it has.
    pub(super) jump: Option<i64>,
}

impl Pace {
    /// Moves on to a frame.
    pub(super) fn step(track: &mut Option<Self>, stamp: u32, at: i64, now: UnixMicros) -> Step {
        let Some(pace) = track else {
            *track = Some(Self {
                stamp,
                first: at,
                latest: at,
                heard: now,
            });
            return Step::default();
        };
        let moved = i64::from(stamp.wrapping_sub(pace.stamp).cast_signed());
        let step = Step {
            passed: (at - pace.latest).max(0),
            jump: (!(-STEP_BACK..=JUMP).contains(&moved)).then_some(moved),
        };
        pace.stamp = stamp;
        pace.latest = pace.latest.max(at);
        pace.heard = now;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(stamps: &[u32]) -> Vec<Option<i64>> {
        let mut pace = None;
        let now = UnixMicros(0);
        let steps = stamps.iter().map(|stamp| Pace::step(&mut pace, *stamp, 0, now));
        steps.map(|step| step.jump).collect()
    }

    #[test]
    fn clock_that_wraps_around_does_not_jump() {
        assert_eq!(steps(&[u32::MAX - 10, 30]), [None, None]);
    }

    #[test]
    fn jumps_are_told_with_their_direction() {
        assert_eq!(
            steps(&[5_000, 5_040, 3_000, 30_000]),
            [None, None, Some(-2_040), Some(27_000)]
        );
    }

    #[test]
    fn jitter_and_short_holes_are_no_jumps() {
        assert_eq!(steps(&[5_000, 4_980, 14_000]), [None, None, None]);
    }
}
