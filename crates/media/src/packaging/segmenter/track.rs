//! One track's samples, gathered into parts.

use std::time::Duration;

use bytes::Bytes;

use super::events::{Event, Part};
use super::parts;
use crate::UnixMicros;
use crate::packaging::Track;
use crate::packaging::cmaf::{Fragment, Sample};

/// Writes a track's parts, one frame behind what comes in: a sample's duration is known when the next one is there. The
/// parts of a first segment whose frame rate is not known come all at once with its end.
#[derive(Debug)]
pub(super) struct TrackWriter {
    track: Track,
    /// Ticks a second.
    timescale: u32,
    /// What no part exceeds, in milliseconds; unknown until a segment has been measured.
    part_target: Option<u32>,
    /// What it comes closest to.
    wanted: Duration,
    /// The segment that is being written.
    index: Option<u64>,
    begins_segment: bool,
    pending: Option<Timed>,
    samples: Vec<Sample>,
    /// When the first of these samples came.
    received: Option<UnixMicros>,
    decode_time: u64,
    duration: u64,
    /// The duration of the last ordinary sample, for one that none follows.
    step: u32,
    longest_step: u32,
    sequence: u32,
}

/// A sample, and when its time is.
#[derive(Debug)]
pub(super) struct Timed {
    pub(super) decode_time: u64,
    /// Its duration, if the codec says so: without it, the sample lasts as long as the one before until the next one
    /// is there.
    pub(super) length: Option<u32>,
    pub(super) composition_offset: i32,
    pub(super) sync: bool,
    pub(super) received: UnixMicros,
    pub(super) data: Bytes,
}

impl TrackWriter {
    /// A writer whose samples last `step` until measured; one that lasts longer than `longest_step` is a hole, and says
    /// nothing of those that follow.
    pub(super) const fn new(
        track: Track,
        timescale: u32,
        (part_target, wanted): (Option<u32>, Duration),
        (step, longest_step): (u32, u32),
    ) -> Self {
        Self {
            track,
            timescale,
            part_target,
            wanted,
            index: None,
            begins_segment: true,
            pending: None,
            samples: Vec::new(),
            received: None,
            decode_time: 0,
            duration: 0,
            step,
            longest_step,
            sequence: 0,
        }
    }

    /// `PART-TARGET` in milliseconds, once known.
    pub(super) const fn part_target(&self) -> Option<u32> {
        self.part_target
    }

    /// Decoding time at which the next sample is expected.
    pub(super) fn end(&self) -> u64 {
        self.pending
            .as_ref()
            .map_or(self.decode_time + self.duration, |pending| {
                pending.decode_time + u64::from(pending.length.unwrap_or(self.step))
            })
    }

    /// Adds a sample to the segment begun last; without one it is dropped.
    pub(super) fn frame(&mut self, mut frame: Timed, events: &mut Vec<Event>) {
        let Some(index) = self.index else {
            return;
        };
        if let Some(pending) = self.pending.take() {
            frame.decode_time = frame.decode_time.max(pending.decode_time + 1);
            self.add(pending, frame.decode_time, index, events);
            if self
                .target_ticks()
                .is_some_and(|target| parts::is_full(self.duration, u64::from(self.step), target))
            {
                self.end_part(index, events);
            }
        }
        self.pending = Some(frame);
    }

    /// Ends the segment and begins the one with the index `next`. The last sample lasts until `until`, or as long
    /// as the one before it; one that has a length of its own covers no more than a part behind it.
    pub(super) fn cut(&mut self, next: Option<u64>, until: Option<u64>, events: &mut Vec<Event>) {
        if let Some(index) = self.index {
            if let Some(pending) = self.pending.take() {
                let until = until
                    .filter(|until| *until > pending.decode_time)
                    .filter(|until| {
                        pending.length.is_none() || self.fits_in_a_part(until - pending.decode_time)
                    })
                    .unwrap_or(pending.decode_time + u64::from(pending.length.unwrap_or(self.step)));
                self.add(pending, until, index, events);
            }
            self.split(index, events);
            let last = self.take_part();
            events.push(Event::End {
                track: self.track,
                index,
                last,
            });
        }
        self.index = next;
        self.begins_segment = true;
    }

    fn add(&mut self, pending: Timed, until: u64, index: u64, events: &mut Vec<Event>) {
        let duration = u32::try_from(until - pending.decode_time).unwrap_or(u32::MAX);
        if duration <= self.longest_step {
            self.step = duration;
        }
        let sample = Sample {
            duration,
            composition_offset: pending.composition_offset,
            sync: pending.sync,
            data: pending.data,
        };
        self.gather(pending.decode_time, Some(pending.received), sample, index, events);
    }

    /// Adds a sample to the part; ends that before if it would get too long.
    fn gather(
        &mut self,
        decode_time: u64,
        received: Option<UnixMicros>,
        sample: Sample,
        index: u64,
        events: &mut Vec<Event>,
    ) {
        let duration = u64::from(sample.duration);
        if self
            .target_ticks()
            .is_some_and(|target| self.duration + duration > target)
        {
            self.end_part(index, events);
        }
        if self.samples.is_empty() {
            self.decode_time = decode_time;
            self.received = received;
            self.duration = 0;
        }
        self.duration += duration;
        self.samples.push(sample);
    }

    /// Makes parts of a whole segment, if it is the first that can be measured.
    fn split(&mut self, index: u64, events: &mut Vec<Event>) {
        if self.part_target.is_some() {
            return;
        }
        let Some(step) = parts::usual(self.samples.iter().map(|sample| sample.duration)) else {
            return;
        };
        let micros = step * 1_000_000 / u64::from(self.timescale.max(1));
        self.part_target = Some(parts::part_target(micros, self.wanted));
        let mut decode_time = self.decode_time;
        for sample in std::mem::take(&mut self.samples) {
            let duration = u64::from(sample.duration);
            self.gather(decode_time, None, sample, index, events);
            decode_time += duration;
        }
    }

    fn fits_in_a_part(&self, duration: u64) -> bool {
        self.target_ticks().is_none_or(|target| duration <= target)
    }

    fn target_ticks(&self) -> Option<u64> {
        Some(u64::from(self.part_target?) * u64::from(self.timescale) / 1_000)
    }

    fn end_part(&mut self, index: u64, events: &mut Vec<Event>) {
        if let Some(part) = self.take_part() {
            events.push(Event::Part {
                track: self.track,
                index,
                part,
            });
        }
    }

    fn take_part(&mut self) -> Option<Part> {
        let first = self.samples.first()?;
        let independent = first.sync;
        self.sequence = self.sequence.wrapping_add(1);
        let bytes = Fragment {
            sequence: self.sequence,
            decode_time: self.decode_time,
            samples: &self.samples,
            begins_segment: self.begins_segment,
        }
        .write();
        let part = Part {
            bytes,
            decode_time: self.decode_time,
            duration: self.duration,
            independent,
            samples: u32::try_from(self.samples.len()).unwrap_or(u32::MAX),
            received: self.received.take(),
        };
        self.begins_segment = false;
        self.samples.clear();
        self.decode_time += self.duration;
        self.duration = 0;
        Some(part)
    }
}
