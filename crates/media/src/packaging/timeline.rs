//! From a publisher's two 32-bit clocks to one timeline in milliseconds that goes on through wraps and jumps.
//!
//! Jumps are seen on each track by itself, and cured by an offset that both share, so that audio and video stay
//! together when the other track jumps too, a little earlier or later.

use super::{Track, Tracks};

/// A difference between two timestamps of a track beyond this is a jump, and starts a discontinuity.
const JUMP: i64 = 10_000;
/// A step back beyond this is taken out of the timeline; one within it is jitter.
const STEP_BACK: i64 = 1_000;
/// How far from the other track a jumped one may land by the shared offset.
const SKEW: i64 = 3_000;
/// The longest distance of two frames that says something about the next.
const LONGEST_STEP: i64 = 200;

/// Where on the timeline a frame belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Milliseconds since the first frame of the session; for video always later than the frame before.
    pub(crate) at: i64,
    /// Whether the track's clock has jumped just before this frame.
    pub(crate) jumped: bool,
}

#[derive(Debug, Clone, Copy)]
struct Position {
    stamp: u32,
    /// The stamp without its wrap-arounds.
    raw: i64,
    offset: i64,
    at: i64,
    step: i64,
}

/// The timeline of one session.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    tracks: Tracks<Option<Position>>,
}

impl Timeline {
    /// Places the next frame of a track, whose decoding time is `stamp` on the publisher's clock.
    pub(crate) fn place(&mut self, track: Track, stamp: u32) -> Placed {
        let own = *self.tracks.of(track);
        let other = match track {
            Track::Video => self.tracks.audio,
            Track::Audio => self.tracks.video,
        };
        let Some(reference) = own.or(other) else {
            let raw = i64::from(stamp);
            return self.settle(track, own, stamp, raw, -raw, false);
        };
        let delta = signed_difference(stamp, reference.stamp);
        let raw = reference.raw + delta;
        let end = [own, other]
            .into_iter()
            .flatten()
            .map(|position| position.at + position.step)
            .max()
            .unwrap_or(0);
        let distance = |offset: i64| (raw + offset - end).abs();
        let (offset, jumped) = match (own, other) {
            (Some(own), other) if delta.abs() > JUMP || delta < -STEP_BACK => {
                // The other track may have jumped already, or this one comes back to where the other stayed.
                let shared = other
                    .map(|other| other.offset)
                    .filter(|offset| *offset != own.offset && distance(*offset) <= SKEW);
                (shared.unwrap_or(end - raw), delta.abs() > JUMP)
            }
            (Some(own), _) => (own.offset, false),
            // A track that comes later and counts from somewhere else begins here.
            (None, Some(other)) if distance(other.offset) <= JUMP => (other.offset, false),
            (None, _) => (end - raw, false),
        };
        self.settle(track, own, stamp, raw, offset, jumped)
    }

    fn settle(
        &mut self,
        track: Track,
        own: Option<Position>,
        stamp: u32,
        raw: i64,
        offset: i64,
        jumped: bool,
    ) -> Placed {
        let mut at = raw + offset;
        let mut step = 20;
        if let Some(own) = own {
            if track == Track::Video {
                at = at.max(own.at + 1);
            }
            let passed = at - own.at;
            step = if (1..=LONGEST_STEP).contains(&passed) && !jumped {
                passed
            } else {
                own.step
            };
        }
        *self.tracks.of_mut(track) = Some(Position {
            stamp,
            raw,
            offset,
            at,
            step,
        });
        Placed { at, jumped }
    }
}

/// How far `to` is after `from` on a clock that wraps around at 2³².
fn signed_difference(to: u32, from: u32) -> i64 {
    i64::from(to.wrapping_sub(from).cast_signed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(timeline: &mut Timeline, track: Track, stamp: u32) -> i64 {
        timeline.place(track, stamp).at
    }

    #[test]
    fn clock_that_wraps_around_goes_on() {
        let mut timeline = Timeline::default();
        let start = u32::MAX - 50;
        for frame in 0..10_u32 {
            let placed = timeline.place(Track::Video, start.wrapping_add(frame * 33));
            assert_eq!(
                placed,
                Placed {
                    at: i64::from(frame) * 33,
                    jumped: false
                }
            );
            assert_eq!(
                at(&mut timeline, Track::Audio, start.wrapping_add(frame * 33 + 5)),
                i64::from(frame) * 33 + 5
            );
        }
    }

    #[test]
    fn jump_is_seen_on_each_track_and_keeps_them_together() {
        for base in [5_000_000_u32, 4_000_000_000] {
            let mut timeline = Timeline::default();
            for frame in 0..30 {
                at(&mut timeline, Track::Video, 100_000 + frame * 40);
                at(&mut timeline, Track::Audio, 100_000 + frame * 40 + 10);
            }
            let video = timeline.place(Track::Video, base);
            assert!(video.jumped);
            assert_eq!(video.at, 1_210);
            let audio = timeline.place(Track::Audio, base + 10);
            assert!(audio.jumped);
            assert_eq!(audio.at - video.at, 10);
            assert!(!timeline.place(Track::Video, base + 40).jumped);
        }
    }

    #[test]
    fn step_back_of_seconds_is_taken_out() {
        let mut timeline = Timeline::default();
        at(&mut timeline, Track::Video, 50_000);
        at(&mut timeline, Track::Video, 50_040);
        let back = timeline.place(Track::Video, 45_000);
        assert_eq!(
            back,
            Placed {
                at: 80,
                jumped: false
            }
        );
    }

    #[test]
    fn gap_of_seconds_stays_a_gap() {
        let mut timeline = Timeline::default();
        at(&mut timeline, Track::Video, 0);
        assert_eq!(
            timeline.place(Track::Video, 5_000),
            Placed {
                at: 5_000,
                jumped: false
            }
        );
    }

    #[test]
    fn late_track_with_its_own_clock_begins_where_the_other_is() {
        let mut timeline = Timeline::default();
        at(&mut timeline, Track::Video, 0);
        at(&mut timeline, Track::Video, 40);
        assert_eq!(at(&mut timeline, Track::Audio, 9_000_000), 80);
        assert_eq!(at(&mut timeline, Track::Audio, 9_000_023), 103);
    }

    #[test]
    fn track_that_jumps_alone_and_returns_is_in_sync_again() {
        let mut timeline = Timeline::default();
        for frame in 0..100 {
            let video = at(&mut timeline, Track::Video, frame * 40);
            let away = if (40..60).contains(&frame) { 500_000 } else { 0 };
            let audio = at(&mut timeline, Track::Audio, frame * 40 + 7 + away);
            let apart = if away > 0 { 0..=40 } else { 7..=7 };
            assert!(apart.contains(&(audio - video)), "{frame}: {video} {audio}");
        }
    }

    proptest! {
        #[test]
        fn video_never_stands_still_or_goes_back(stamps in proptest::collection::vec((any::<bool>(), any::<u32>()), 1..200)) {
            let mut timeline = Timeline::default();
            let mut last = i64::MIN;
            for (video, stamp) in stamps {
                let track = if video { Track::Video } else { Track::Audio };
                let placed = timeline.place(track, stamp);
                if video {
                    prop_assert!(placed.at > last);
                    last = placed.at;
                }
            }
        }

        #[test]
        fn jitter_never_moves_tracks_apart(jitter in proptest::collection::vec(-20_i64..=20, 100), base: u32) {
            let mut timeline = Timeline::default();
            for (frame, jitter) in (1_u32..).zip(&jitter) {
                let stamp = base.wrapping_add(frame * 33).wrapping_add_signed(i32::try_from(*jitter).unwrap());
                let video = at(&mut timeline, Track::Video, stamp);
                let audio = at(&mut timeline, Track::Audio, base.wrapping_add(frame * 33));
                prop_assert!((video - jitter - audio).abs() <= 10, "{video} {audio}");
            }
        }

        #[test]
        fn tracks_stay_together_over_common_jumps(jumps in proptest::collection::vec((10_u32..60, any::<u32>()), 1..6), skew in 0_u32..30) {
            let mut timeline = Timeline::default();
            for (frames, base) in jumps {
                let mut apart = Vec::new();
                for frame in 0..frames {
                    let video = at(&mut timeline, Track::Video, base.wrapping_add(frame * 40));
                    let audio = at(&mut timeline, Track::Audio, base.wrapping_add(frame * 40 + skew));
                    apart.push(audio - video);
                }
                let last = *apart.last().unwrap();
                prop_assert!((last - i64::from(skew)).abs() <= 40, "{apart:?}");
            }
        }
    }
}
