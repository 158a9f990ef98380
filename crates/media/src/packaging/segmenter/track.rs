//! One track's samples, gathered into parts.

use bytes::Bytes;

use super::events::{Event, Part};
use crate::packaging::Track;
use crate::packaging::cmaf::{Fragment, Sample};

/// Writes a track's parts, one frame behind what comes in: a sample's duration is known when the next one is there.
#[derive(Debug)]
pub(super) struct TrackWriter {
    track: Track,
    /// What parts come closest to, in ticks.
    part_target: u64,
    /// The segment that is being written.
    index: Option<u64>,
    begins_segment: bool,
    pending: Option<Pending>,
    samples: Vec<Sample>,
    decode_time: u64,
    duration: u64,
    /// The duration of the last ordinary sample, for one that none follows.
    step: u32,
    longest_step: u32,
    sequence: u32,
}

#[derive(Debug)]
struct Pending {
    decode_time: u64,
    /// What the codec says of its duration.
    length: Option<u32>,
    composition_offset: i32,
    sync: bool,
    data: Bytes,
}

impl TrackWriter {
    /// A writer whose samples last `step` until measured; one that lasts longer than `longest_step` is a hole, and says
    /// nothing of those that follow.
    pub(super) const fn new(track: Track, part_target: u64, step: u32, longest_step: u32) -> Self {
        Self {
            track,
            part_target,
            index: None,
            begins_segment: true,
            pending: None,
            samples: Vec::new(),
            decode_time: 0,
            duration: 0,
            step,
            longest_step,
            sequence: 0,
        }
    }

    /// Decoding time at which the next sample is expected.
    pub(super) fn end(&self) -> u64 {
        self.pending
            .as_ref()
            .map_or(self.decode_time + self.duration, |pending| {
                pending.decode_time + u64::from(pending.length.unwrap_or(self.step))
            })
    }

    /// Adds a sample to the segment begun last; without one it is dropped. `length` is its duration, if the codec says
    /// so: without it, the sample lasts as long as the one before until the next one is there.
    pub(super) fn frame(
        &mut self,
        decode_time: u64,
        length: Option<u32>,
        composition_offset: i32,
        sync: bool,
        data: Bytes,
        events: &mut Vec<Event>,
    ) {
        let Some(index) = self.index else {
            return;
        };
        let mut decode_time = decode_time;
        if let Some(pending) = self.pending.take() {
            decode_time = decode_time.max(pending.decode_time + 1);
            self.add(pending, decode_time);
            let half_a_sample = self.duration / u64::try_from(self.samples.len() * 2).unwrap_or(u64::MAX);
            if self.duration + half_a_sample >= self.part_target
                && let Some(part) = self.take_part()
            {
                events.push(Event::Part {
                    track: self.track,
                    index,
                    part,
                });
            }
        }
        self.pending = Some(Pending {
            decode_time,
            length,
            composition_offset,
            sync,
            data,
        });
    }

    /// Ends the segment and begins the one with the index `next`. The last sample lasts until `until`, or as long
    /// as the one before it.
    pub(super) fn cut(&mut self, next: Option<u64>, until: Option<u64>, events: &mut Vec<Event>) {
        if let Some(pending) = self.pending.take() {
            let until = until
                .filter(|until| *until > pending.decode_time)
                .unwrap_or(pending.decode_time + u64::from(pending.length.unwrap_or(self.step)));
            self.add(pending, until);
        }
        if let Some(index) = self.index {
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

    fn add(&mut self, pending: Pending, until: u64) {
        let duration = u32::try_from(until - pending.decode_time).unwrap_or(u32::MAX);
        if self.samples.is_empty() {
            self.decode_time = pending.decode_time;
            self.duration = 0;
        }
        self.duration += u64::from(duration);
        if duration <= self.longest_step {
            self.step = duration;
        }
        self.samples.push(Sample {
            duration,
            composition_offset: pending.composition_offset,
            sync: pending.sync,
            data: pending.data,
        });
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
        };
        self.begins_segment = false;
        self.samples.clear();
        self.decode_time += self.duration;
        self.duration = 0;
        Some(part)
    }
}
