//! A stretch of a session, cut into one segment of each track.

use bytes::Bytes;

use super::gathered::gather;
use super::request::View;
use crate::packaging::Tracks;
use crate::packaging::segmenter::Part;
use crate::{SessionId, UnixMicros};

/// The segments of all tracks that share a number.
#[derive(Debug)]
pub(super) struct Interval {
    /// The media sequence number.
    pub(super) number: u64,
    pub(super) session: SessionId,
    /// Intervals of one run are listed together; their numbers have no holes.
    pub(super) run: u64,
    /// Discontinuities of its run up to it, the one that begins the run included.
    pub(super) discontinuities: u64,
    /// When it was opened and, unless it is the last one of a session that goes on, closed.
    pub(super) began: UnixMicros,
    pub(super) ended: Option<UnixMicros>,
    /// When it is to be shown: milliseconds on the session's timeline, and the wall clock's time for that.
    pub(super) at: i64,
    pub(super) date_time: UnixMicros,
    /// The wall clock's time of the discontinuity before it, and milliseconds on the session's timeline there.
    pub(super) anchor: (UnixMicros, i64),
    pub(super) segments: Tracks<Option<Segment>>,
}

impl Interval {
    /// Whether a view includes it. The sessions of a preview are told apart by their id.
    pub(super) fn is_in(&self, view: View) -> bool {
        match view {
            View::Preview(session) => self.session == session,
            View::Broadcast { from, until } => {
                self.ended.is_none_or(|ended| ended > from) && until.is_none_or(|until| self.began < until)
            }
        }
    }

    pub(super) fn segments(&self) -> impl Iterator<Item = &Segment> {
        [&self.segments.video, &self.segments.audio].into_iter().flatten()
    }

    /// Whether every track's segment is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.segments().all(|segment| segment.complete)
    }

    /// Its duration in microseconds, as its master track has it.
    pub(super) fn duration_micros(&self) -> u64 {
        self.segments()
            .map(Segment::duration_micros)
            .find(|duration| *duration > 0)
            .unwrap_or(0)
    }

    /// The wall clock's time until which it is to be shown, as far as it is known.
    pub(super) fn shown_until(&self) -> UnixMicros {
        let duration = i64::try_from(self.duration_micros()).unwrap_or(i64::MAX);
        UnixMicros(self.date_time.0.saturating_add(duration))
    }

    pub(super) fn bytes(&self) -> usize {
        self.segments()
            .flat_map(|segment| &segment.parts)
            .map(|part| part.bytes.len())
            .sum()
    }
}

/// One track's segment: a list of parts. A complete one without parts is a gap.
#[derive(Debug)]
pub(super) struct Segment {
    /// The index of its init segment.
    pub(super) init: u32,
    /// Ticks a second.
    pub(super) timescale: u32,
    pub(super) parts: Vec<Part>,
    pub(super) complete: bool,
    /// When a gap begins, in ticks.
    pub(super) gap: Option<u64>,
}

impl Segment {
    /// Says that no part will follow. Without any it is a gap, which begins with its interval at `at`, in milliseconds,
    /// or at the end of the segment before, in ticks, whichever is later.
    pub(super) fn complete(&mut self, at: i64, before: Option<u64>) {
        self.complete = true;
        gather(self.parts.iter_mut().map(|part| &mut part.bytes).collect());
        if self.parts.is_empty() {
            self.gap = Some(ticks(micros_of(at), self.timescale).max(before.unwrap_or(0)));
        }
    }

    /// When it begins, in ticks: the decoding time of its first sample.
    pub(super) fn time(&self) -> Option<u64> {
        self.parts.first().map(|part| part.decode_time).or(self.gap)
    }

    /// When the last of its parts ends, in ticks.
    pub(super) fn end(&self) -> Option<u64> {
        self.parts.last().map(|part| part.decode_time + part.duration)
    }

    pub(super) fn duration_micros(&self) -> u64 {
        self.micros(self.parts.iter().map(|part| part.duration).sum())
    }

    /// Ticks in microseconds.
    pub(super) fn micros(&self, ticks: u64) -> u64 {
        ticks * 1_000_000 / u64::from(self.timescale)
    }

    /// Decoding time of its first sample in milliseconds.
    pub(super) fn begins(&self) -> Option<i64> {
        let ticks = self.parts.first()?.decode_time;
        i64::try_from(ticks * 1_000 / u64::from(self.timescale)).ok()
    }

    pub(super) fn is_independent(&self) -> bool {
        self.parts.first().is_none_or(|part| part.independent)
    }

    pub(super) fn is_gap(&self) -> bool {
        self.complete && self.parts.is_empty()
    }

    pub(super) fn content(&self) -> Vec<Bytes> {
        self.parts.iter().map(|part| part.bytes.clone()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.bytes.len()).sum()
    }
}

/// Milliseconds on a session's timeline in microseconds.
pub(super) fn micros_of(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds).unwrap_or(0).saturating_mul(1_000)
}

/// Microseconds in ticks, rounded.
pub(super) fn ticks(micros: u64, timescale: u32) -> u64 {
    let exact = u128::from(micros) * u128::from(timescale) + 500_000;
    u64::try_from(exact / 1_000_000).unwrap_or(u64::MAX)
}
