//! How long parts are: a target that follows the frame rate, fixed once for a sequence of sessions.

use std::time::Duration;

use crate::packaging::Tracks;

/// What playlists promise for as long as a sequence goes on, each fixed once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Targets {
    /// `EXT-X-TARGETDURATION` in seconds, fixed by the first complete segment.
    pub(crate) segment: Option<u32>,
    /// `PART-TARGET` of each track in milliseconds.
    pub(crate) parts: Tracks<Option<u32>>,
}

/// Parts of fewer frames than this get room for a clock that jitters: they can't lose a frame and still be 85 % long.
const FEW: u64 = 8;
/// That room, in percent.
const ROOM: u64 = 8;

/// `PART-TARGET` in milliseconds for frames that last `frame` microseconds: the whole frames that come closest to `wanted`.
pub(super) fn part_target(frame: u64, wanted: Duration) -> u32 {
    let wanted = u64::try_from(wanted.as_micros()).unwrap_or(u64::MAX);
    let frame = frame.max(1);
    let frames = (wanted.saturating_add(frame / 2) / frame).max(1);
    let exact = frames.saturating_mul(frame);
    let room = if frames < FEW { exact / 100 * ROOM } else { 0 };
    u32::try_from((exact + room).div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// The mean of durations that are alike, without holes in the stream.
pub(super) fn usual(durations: impl Iterator<Item = u32>) -> Option<u64> {
    let mut durations: Vec<u64> = durations.map(u64::from).collect();
    durations.sort_unstable();
    let median = *durations.get(durations.len() / 2)?;
    let alike = durations
        .iter()
        .filter(|duration| (median / 2..=median * 2).contains(duration));
    let (count, sum) = alike.fold((0, 0), |(count, sum), duration| (count + 1, sum + duration));
    u64::checked_div(sum, count)
}

/// Whether a part of `duration` ends before another frame of about `step` comes, so that nobody waits for that.
pub(super) fn is_full(duration: u64, step: u64, target: u64) -> bool {
    // A frame that is a little shorter than foreseen may still fit in; one that does not is noticed when it is there.
    duration + step * 3 / 4 > target && duration.saturating_mul(100) >= target.saturating_mul(85)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_target_is_whole_frames() {
        let wanted = Duration::from_millis(333);
        for (frame, target) in [
            (16_667, 334),
            (33_333, 334),
            (33_367, 334),
            (40_000, 320),
            (41_667, 334),
            (21_333, 342),
            (100_000, 324),
            (200_000, 432),
            (1_000_000, 1_080),
        ] {
            assert_eq!(part_target(frame, wanted), target, "{frame}");
        }
    }

    #[test]
    fn parts_of_every_frame_rate_are_at_least_85_percent_of_the_target() {
        for rate in 1..=120 {
            let frame = 1_000_000 / rate;
            let target = u64::from(part_target(frame, Duration::from_millis(333))) * 1_000;
            let mut duration = 0;
            while !is_full(duration, frame, target) {
                duration += frame;
            }
            assert!(duration <= target, "{rate}: {duration} of {target}");
            assert!(duration * 100 >= target * 85, "{rate}: {duration} of {target}");
        }
    }

    #[test]
    fn holes_say_nothing_of_the_usual_frame() {
        assert_eq!(usual([33, 33, 34, 900, 33].into_iter()), Some(33));
        assert_eq!(usual([].into_iter()), None);
    }
}
