//! The audio track: its clock, which counts samples, and the cuts that it follows.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::events::Event;
use super::track::{Timed, TrackWriter};
use crate::UnixMicros;
use crate::packaging::Track;
use crate::packaging::codec::AudioConfig;

/// Milliseconds by which the counted samples and the publisher's clock may differ before the clock wins at once.
const MAX_DRIFT: u64 = 100;

/// Milliseconds by which they may differ on average, over [`AVERAGED`] frames: sound stays within 40 ms of the picture.
const MEAN_DRIFT: i64 = 25;

/// About a second and a half of frames: enough that neither rounded milliseconds nor jitter count as drift.
const AVERAGED: i64 = 64;

/// Cuts that may wait for audio to reach them; past it, audio has stopped and its segments end without it.
const MAX_WAITING: usize = 2;

/// Where the next segment begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) index: u64,
    /// Milliseconds on the session's timeline.
    pub(super) at: i64,
    pub(super) discontinuity: bool,
}

/// The audio track of a session, with one configuration.
#[derive(Debug)]
pub(super) struct AudioTrack {
    config: AudioConfig,
    writer: TrackWriter,
    clock: SampleClock,
    cuts: VecDeque<Cut>,
}

impl AudioTrack {
    /// A track that begins with the first frame past `cut`, and not before `floor` milliseconds. No part exceeds
    /// `part_target` milliseconds.
    pub(super) fn new(config: AudioConfig, part_target: u32, floor: u64, cut: Cut) -> Self {
        let rate = u64::from(config.sample_rate());
        let frame = config.usual_frame();
        Self {
            writer: TrackWriter::new(
                Track::Audio,
                config.sample_rate(),
                (Some(part_target), Duration::ZERO),
                (frame, frame),
            ),
            config,
            clock: SampleClock {
                rate,
                floor: (floor * rate).div_ceil(1_000),
                next: None,
                mean: 0,
                catching_up: false,
            },
            cuts: VecDeque::from([cut]),
        }
    }

    /// Milliseconds until which there is audio.
    pub(super) const fn end(&self) -> u64 {
        match self.clock.next {
            Some(next) => next * 1_000 / self.clock.rate,
            None => self.clock.floor * 1_000 / self.clock.rate,
        }
    }

    /// A segment begins at the first frame past `cut`.
    pub(super) fn announce(&mut self, cut: Cut, events: &mut Vec<Event>) {
        self.cuts.push_back(cut);
        if self.cuts.len() > MAX_WAITING {
            self.take_cut(None, events);
        }
    }

    /// Adds a frame that belongs at `at` milliseconds on the session's timeline, and came at `received`. False if it is
    /// one too many, and was left out.
    pub(super) fn frame(
        &mut self,
        at: i64,
        received: UnixMicros,
        data: Bytes,
        events: &mut Vec<Event>,
    ) -> bool {
        // What comes before the first picture is not heard.
        let Ok(at) = u64::try_from(at) else {
            return true;
        };
        let Some(length) = self.config.frame_length(&data) else {
            return false;
        };
        while let Some(cut) = self.cuts.front() {
            // A new count begins behind a discontinuity, so there the publisher's clock decides.
            let (now, until) = if cut.discontinuity || self.clock.next.is_none() {
                (at, None)
            } else {
                (
                    self.clock.peek(at),
                    self.clock
                        .clone()
                        .advance(at, length)
                        .map(|time| self.decoded(time)),
                )
            };
            if i64::try_from(now).unwrap_or(i64::MAX) < cut.at {
                break;
            }
            self.take_cut(until, events);
        }
        if self.cuts.front().is_some() && self.clock.next.is_none() {
            return true;
        }
        let Some(time) = self.clock.advance(at, length) else {
            return false;
        };
        let frame = Timed {
            decode_time: self.decoded(time),
            length: Some(length),
            composition_offset: 0,
            sync: true,
            received,
            data,
        };
        self.writer.frame(frame, events);
        true
    }

    /// When a frame is decoded that is heard at `time`: the edit list takes the pre-skip off again, so what is heard keeps
    /// to the publisher's clock.
    fn decoded(&self, time: u64) -> u64 {
        time + u64::from(self.config.pre_skip())
    }

    /// Ends every segment begun or announced.
    pub(super) fn finish(&mut self, events: &mut Vec<Event>) {
        while !self.cuts.is_empty() {
            self.take_cut(None, events);
        }
        self.writer.cut(None, None, events);
    }

    /// Ends a segment. Its last frame lasts `until` the next one is decoded: a hole that players would stumble over is none for them.
    fn take_cut(&mut self, until: Option<u64>, events: &mut Vec<Event>) {
        if let Some(cut) = self.cuts.pop_front() {
            self.writer.cut(Some(cut.index), until, events);
            if cut.discontinuity {
                self.clock.restart();
            }
        }
    }
}

/// Counts samples: the milliseconds of a publisher's clock are too coarse to follow.
#[derive(Debug, Clone)]
struct SampleClock {
    rate: u64,
    /// The earliest tick for the first frame.
    floor: u64,
    next: Option<u64>,
    /// By how many ticks the publisher's clock is ahead of the count on average, times [`AVERAGED`].
    mean: i64,
    /// Frames are dropped until the publisher's clock has reached the count.
    catching_up: bool,
}

impl SampleClock {
    /// Ticks for the next frame, which has `length` samples and which the publisher's clock has at `at` milliseconds;
    /// `None` if it comes too much.
    fn advance(&mut self, at: u64, length: u32) -> Option<u64> {
        let heard = at * self.rate / 1_000;
        let time = match self.next {
            None => heard.max(self.floor),
            Some(next) => {
                let allowed = if self.catching_up {
                    0
                } else {
                    MAX_DRIFT * self.rate / 1_000
                };
                self.catching_up = heard + allowed < next;
                if self.catching_up {
                    self.mean = 0;
                    return None;
                }
                if heard > next + MAX_DRIFT * self.rate / 1_000 {
                    self.mean = 0;
                    heard
                } else {
                    self.follow(heard, next, length)?
                }
            }
        };
        self.next = Some(time + u64::from(length));
        Some(time)
    }

    /// Ticks for the next frame, for which the count is at `next`: a little later if the publisher's clock has drifted
    /// ahead, none if it has fallen behind by a frame.
    fn follow(&mut self, heard: u64, next: u64, length: u32) -> Option<u64> {
        let mean = self.mean / AVERAGED;
        self.mean += heard.cast_signed() - next.cast_signed() - mean;
        let allowed = MEAN_DRIFT * self.rate.cast_signed() / 1_000;
        if mean > allowed {
            self.mean = 0;
            Some(next + mean.unsigned_abs())
        } else if mean < -allowed {
            self.mean += i64::from(length) * AVERAGED;
            None
        } else {
            Some(next)
        }
    }

    /// Milliseconds at which the next frame will be placed.
    fn peek(&self, at: u64) -> u64 {
        let next = self.next.unwrap_or(self.floor);
        if at * self.rate / 1_000 > next + MAX_DRIFT * self.rate / 1_000 {
            at
        } else {
            (next * 1_000).div_ceil(self.rate)
        }
    }

    /// Begins a new count, after everything counted so far.
    const fn restart(&mut self) {
        if let Some(next) = self.next.take() {
            self.floor = next;
        }
        self.mean = 0;
        self.catching_up = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> SampleClock {
        SampleClock {
            rate: 48_000,
            floor: 0,
            next: None,
            mean: 0,
            catching_up: false,
        }
    }

    /// How far apart count and clock are, in milliseconds, for each frame of a clock that runs `gain` millionths fast and
    /// whose stamps jitter by `jitter` milliseconds.
    fn apart(gain: i64, jitter: u64) -> Vec<i64> {
        let mut clock = clock();
        let frames = (0..100_000_u64).filter_map(|frame| {
            let exact = i64::try_from(frame * 1_024_000 / 48).unwrap();
            let micros = exact + exact / 1_000_000 * gain;
            let stamp = u64::try_from(micros).unwrap() / 1_000;
            let placed = clock.advance(stamp + frame % 2 * jitter, 1024)?;
            Some(i64::try_from(placed / 48).unwrap() - i64::try_from(stamp).unwrap())
        });
        frames.collect()
    }

    #[test]
    fn sound_stays_within_forty_milliseconds_of_a_clock_that_drifts() {
        for gain in [0, 300, -300] {
            for jitter in [0, 20] {
                let apart = apart(gain, jitter);
                let worst = apart.iter().map(|apart| apart.abs()).max();
                assert!(worst < Some(40), "{gain}, {jitter}: {worst:?}");
            }
        }
    }

    #[test]
    fn jitter_is_no_drift() {
        let mut clock = clock();
        for frame in 0..10_000 {
            let stamp = frame * 1024 / 48 + [0, 20, 5, 15][usize::try_from(frame % 4).unwrap()];
            assert_eq!(clock.advance(stamp, 1024), Some(frame * 1024));
        }
    }

    #[test]
    fn rounded_milliseconds_become_whole_frames() {
        let mut clock = clock();
        for frame in 0..1_000 {
            let rounded = frame * 1024 * 1_000 / 48_000;
            assert_eq!(clock.advance(rounded, 1024), Some(frame * 1024));
        }
    }

    #[test]
    fn drift_past_a_tenth_of_a_second_is_followed() {
        let mut clock = clock();
        assert_eq!(clock.advance(0, 1024), Some(0));
        assert_eq!(clock.advance(100, 1024), Some(1024));
        assert_eq!(clock.advance(500, 1024), Some(24_000));
    }

    #[test]
    fn too_many_frames_are_dropped_until_the_clock_has_caught_up() {
        let mut clock = clock();
        let mut kept = 0;
        for _ in 0..20 {
            kept += u64::from(clock.advance(0, 1024).is_some());
        }
        assert_eq!(kept, 5, "a tenth of a second at most");
        assert_eq!(clock.advance(100, 1024), None);
        assert_eq!(clock.advance(107, 1024), Some(5 * 1024));
    }
}
