//! When a segment ends: the rules about target durations and key frames, apart from any media.

/// Milliseconds by which a key frame may come before the segment's target, so that a rounded clock still makes
/// segments of the target's length.
const TOLERANCE: i64 = 50;
/// Milliseconds past the target duration at which a segment is cut without a key frame. Less than the half second
/// that rounding allows (RFC 8216bis, 4.4.3.1).
const OVERTIME: i64 = 100;
/// Milliseconds past the target duration to which a segment may be stretched to reach a key frame.
const STRETCH: i64 = 400;
/// Milliseconds past the target duration at which audio without pictures is cut. Pictures would have been cut earlier.
const STALL: i64 = 200;
/// The shortest segment that is cut at a key frame to keep the next one within the target duration.
const SHORTEST: i64 = 1_000;

/// Decides on cuts. Times are in milliseconds on the session's timeline.
#[derive(Debug)]
pub(super) struct Cuts {
    /// The shortest segment, but for exceptions.
    duration: i64,
    /// `EXT-X-TARGETDURATION`, in seconds.
    target: Option<u32>,
    begun: Option<i64>,
    /// When the segment is shown. Decoding times before the first pictures are not to be trusted: some encoders have
    /// none below zero.
    shown: i64,
    independent: bool,
    last_key_frame: i64,
    last_picture: i64,
    /// The lengths of the last groups of pictures.
    gops: [i64; 4],
    late_key_frames: u64,
}

impl Cuts {
    pub(super) const fn new(duration: i64, target: Option<u32>) -> Self {
        Self {
            duration,
            target,
            begun: None,
            shown: 0,
            independent: true,
            last_key_frame: 0,
            last_picture: 0,
            gops: [0; 4],
            late_key_frames: 0,
        }
    }

    pub(super) const fn target(&self) -> Option<u32> {
        self.target
    }

    pub(super) const fn late_key_frames(&self) -> u64 {
        self.late_key_frames
    }

    /// Whether a segment ends before a picture that is decoded at `at`; if so, whether the next one is independent.
    /// One that is not is counted.
    pub(super) fn before_picture(&mut self, at: i64, presentation: i64, key: bool) -> Option<bool> {
        let length = at - self.begun?;
        let target = self.target_ms();
        let cut = if key {
            let next = length + self.gops.into_iter().max().unwrap_or(0);
            let next_is_too_long = target.is_some_and(|target| next > target + STRETCH);
            let enough = length.max(presentation - self.shown) >= self.duration - TOLERANCE;
            enough || !self.independent || (next_is_too_long && length >= SHORTEST)
        } else {
            target.is_some_and(|target| length >= target + OVERTIME)
        };
        self.late_key_frames += u64::from(cut && !key);
        cut.then_some(key)
    }

    /// Notes a picture that is being packaged.
    pub(super) fn saw_picture(&mut self, at: i64, key: bool) {
        if key {
            self.gops.rotate_left(1);
            let [.., last] = &mut self.gops;
            *last = at - self.last_key_frame;
            self.last_key_frame = at;
        }
        self.last_picture = at;
        // Pictures that come later than audio was waited for are in this segment all the same.
        self.begun = self.begun.map(|begun| begun.min(at));
    }

    /// Whether pictures have gone on for `limit` since the last key frame.
    pub(super) const fn lack_key_frame(&self, limit: i64) -> bool {
        self.last_picture - self.last_key_frame >= limit
    }

    /// Where a segment of a stream without video ends before an audio frame at `at`: on a grid, so that whole frames
    /// add up to the target on average.
    pub(super) fn before_sound(&self, at: i64) -> Option<i64> {
        let length = at - self.begun?;
        if length < self.duration {
            None
        } else if length < self.duration + TOLERANCE {
            Some(at - length + self.duration)
        } else {
            Some(at)
        }
    }

    /// Where a segment ends that gets audio, at `at` by now, but no more pictures.
    pub(super) fn without_pictures(&self, at: i64) -> Option<i64> {
        let end = self.begun? + self.target_ms()? + STALL;
        (at >= end).then_some(end)
    }

    /// Ends the segment at `at` and begins the next one. Answers until when the last picture is to be shown: a hole in
    /// the stream must not make a segment longer than playlists allow.
    pub(super) fn cut(&mut self, at: i64, presentation: i64, independent: bool) -> i64 {
        let until = match self.begun {
            None => at,
            Some(begun) => {
                self.fix_target(at - begun);
                at.min(begun + self.target_ms().unwrap_or(self.duration) + STRETCH)
            }
        };
        self.begun = Some(at);
        self.shown = presentation;
        self.independent = independent;
        until
    }

    /// Ends the last segment.
    pub(super) fn finish(&mut self, at: i64) {
        if let Some(begun) = self.begun.take() {
            self.fix_target(at - begun);
        }
    }

    fn fix_target(&mut self, length: i64) {
        let seconds = (length - TOLERANCE).max(self.duration).saturating_add(999) / 1_000;
        self.target
            .get_or_insert(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX));
    }

    fn target_ms(&self) -> Option<i64> {
        self.target.map(|seconds| i64::from(seconds) * 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures every 40 ms with key frames at `keys`; answers where segments began and whether with a key frame.
    fn cuts(keys: &[i64], end: i64) -> (Vec<(i64, bool)>, Cuts) {
        let mut cuts = Cuts::new(2_000, None);
        let mut begun = Vec::new();
        cuts.cut(0, 0, true);
        for at in (0..end).step_by(40) {
            let key = keys.contains(&at);
            if at > 0
                && let Some(independent) = cuts.before_picture(at, at, key)
            {
                cuts.cut(at, at, independent);
                begun.push((at, independent));
            }
            cuts.saw_picture(at, key);
        }
        (begun, cuts)
    }

    #[test]
    fn segments_follow_groups_of_two_seconds() {
        let (begun, cuts) = cuts(&[0, 2_000, 4_000, 6_000], 6_100);
        assert_eq!(begun, [(2_000, true), (4_000, true), (6_000, true)]);
        assert_eq!(cuts.target(), Some(2));
    }

    #[test]
    fn short_groups_share_a_segment() {
        let keys: Vec<_> = (0..10).map(|key| key * 1_000).collect();
        let (begun, _) = cuts(&keys, 6_100);
        assert_eq!(begun, [(2_000, true), (4_000, true), (6_000, true)]);
    }

    #[test]
    fn first_segment_fixes_the_target_and_a_longer_group_is_cut_at_it() {
        let (begun, cuts) = cuts(&[0, 3_200, 6_400, 15_200], 16_000);
        assert_eq!(
            begun,
            [
                (3_200, true),
                (6_400, true),
                (10_520, false),
                (14_640, false),
                (15_200, true)
            ]
        );
        assert_eq!(cuts.target(), Some(4));
        assert_eq!(cuts.late_key_frames(), 2);
    }

    #[test]
    fn early_key_frame_is_taken_when_the_next_one_would_be_late() {
        let (begun, cuts) = cuts(&[0, 2_000, 3_600, 5_600], 6_000);
        assert_eq!(begun, [(2_000, true), (3_600, true), (5_600, true)]);
        assert_eq!(cuts.late_key_frames(), 0);
    }

    #[test]
    fn first_group_is_measured_by_what_is_shown() {
        let mut cuts = Cuts::new(2_000, None);
        cuts.cut(0, 0, true);
        assert_eq!(cuts.before_picture(1_933, 2_000, true), Some(true));
        assert_eq!(cuts.before_picture(1_933, 1_933, true), None);
    }

    #[test]
    fn hole_in_the_stream_does_not_stretch_a_segment_beyond_the_target() {
        let mut cuts = Cuts::new(2_000, Some(2));
        cuts.cut(0, 0, true);
        assert_eq!(cuts.cut(7_000, 7_000, true), 2_400);
    }
}
