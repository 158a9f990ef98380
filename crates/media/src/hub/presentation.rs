//! What the DASH manifest of a view says: the same segments as its playlists, in periods without discontinuity.
//!
//! The presentation's time is the wall clock's since the broadcast's start, so that a manifest of another process, or of
//! the same after an interruption, goes on with it.

use super::channel::{PARTS_HELD_BACK, State};
use super::interval::{Interval, Segment, micros_of, ticks};
use super::overview::{configuration, frame_rate};
use super::request::{PlayError, View};
use super::retention::{listed, micros};
use crate::UnixMicros;
use crate::packaging::dash::{AdaptationSet, Mpd, Period, Span};
use crate::packaging::{PackagingSettings, Track};

/// How many hold-backs of low-latency HLS a DASH player stays behind: it learns of a new segment by asking.
const HOLD_BACKS: u32 = 3;

impl State {
    /// The manifest of a view, if there is a segment of each track for it.
    pub(super) fn presentation(
        &self,
        view: View,
        settings: &PackagingSettings,
    ) -> Result<Option<Mpd>, PlayError> {
        let seen: Vec<_> = self.run(view).collect();
        let over = self.is_over(view);
        let Some(last) = seen.last() else {
            return if over { Err(PlayError::NotFound) } else { Ok(None) };
        };
        let targets = self.targets_of(last.run);
        let Some(target) = targets.segment else {
            return Ok(None);
        };
        let ended = over && seen.iter().all(|interval| interval.is_complete());
        let window = micros(listed(settings, Some(target)));
        let start = self.start_of(view);
        let shown = within(&seen, window);
        let periods: Vec<_> = shown
            .chunk_by(|one, next| is_of_one_period(one, next))
            .filter_map(|period| self.period(period, &seen, start, ended))
            .collect();
        if periods.is_empty() {
            return Ok(None);
        }
        let longest_part = targets.parts.video.max(targets.parts.audio).unwrap_or(0);
        Ok(Some(Mpd {
            start,
            published: self.changed,
            ended: ended.then(|| end_of(&periods)),
            target,
            window,
            latency: (longest_part * PARTS_HELD_BACK * HOLD_BACKS).max(target * 1_000),
            periods,
        }))
    }

    /// When a view's time is 0.
    fn start_of(&self, view: View) -> UnixMicros {
        match view {
            View::Broadcast { from, .. } => from,
            View::Preview(session) => self
                .session(session)
                .map_or(UnixMicros(0), |session| session.opened),
        }
    }

    /// A period, once every track of it has a segment.
    fn period(
        &self,
        shown: &[&Interval],
        seen: &[&Interval],
        start: UnixMicros,
        ended: bool,
    ) -> Option<Period> {
        let first = shown.first()?;
        // What is over begins with what is left of it; what goes on keeps its beginning.
        let (wall, at) = if ended {
            (first.date_time, first.at)
        } else {
            first.anchor
        };
        let begins = wall.max(start);
        let offset = micros_of(at).saturating_add(wall_micros(wall, begins));
        let tracks: Vec<_> = [Track::Video, Track::Audio]
            .into_iter()
            .filter(|track| first.segments.of(*track).is_some())
            .collect();
        let sets: Vec<_> = tracks
            .iter()
            .filter_map(|track| self.adaptation_set(*track, shown, seen, offset))
            .collect();
        (!sets.is_empty() && sets.len() == tracks.len()).then(|| Period {
            session: first.session,
            number: first.discontinuities,
            start: wall_micros(start, begins),
            sets,
        })
    }

    fn adaptation_set(
        &self,
        track: Track,
        shown: &[&Interval],
        seen: &[&Interval],
        offset: u64,
    ) -> Option<AdaptationSet> {
        let first = shown.first()?;
        let segments: Vec<_> = shown
            .iter()
            .map_while(|interval| Some((*interval, interval.segments.of(track).as_ref()?)))
            .collect();
        let (_, begun) = segments.first()?;
        let timescale = begun.timescale;
        let spans = spans(&segments, usual_duration(track, seen));
        if spans.is_empty() {
            return None;
        }
        let init = configuration(self.session(first.session)?, track, begun.init)?;
        let whole = || {
            segments
                .iter()
                .map(|(_, segment)| *segment)
                .filter(|segment| segment.complete && !segment.is_gap())
        };
        let shortest = whole().map(Segment::duration_micros).min().unwrap_or(0);
        let part = u64::from((*self.targets_of(first.run).parts.of(track)).unwrap_or(0)) * 1_000;
        Some(AdaptationSet {
            track,
            init: begun.init,
            codec: init.codec.clone(),
            resolution: init.resolution,
            frame_rate: (track == Track::Video)
                .then(|| frame_rate(shown, init.frame_rate))
                .flatten(),
            channels: init.channels,
            bits_per_second: segments
                .iter()
                .map(|(_, segment)| bits_per_second(segment))
                .max()
                .unwrap_or(0),
            independent: segments.iter().all(|(_, segment)| segment.is_independent()),
            timescale,
            offset: ticks(offset, timescale),
            early: shortest.saturating_sub(part),
            spans,
        })
    }
}

/// The last intervals of those seen, as many as fill the window; what is being made does not count.
fn within<'a>(seen: &'a [&'a Interval], window: u64) -> &'a [&'a Interval] {
    let mut newer = 0;
    let count = seen
        .iter()
        .rev()
        .take_while(|interval| {
            let is_listed = newer < window;
            if interval.is_complete() {
                newer += interval.duration_micros();
            }
            is_listed
        })
        .count();
    seen.get(seen.len() - count..).unwrap_or_default()
}

fn is_of_one_period(one: &Interval, next: &Interval) -> bool {
    one.session == next.session && one.discontinuities == next.discontinuities
}

/// The times of a track's segments: of whole ones, and of the one that is being made, for which `usual` is foreseen, in
/// microseconds.
fn spans(segments: &[(&Interval, &Segment)], usual: Option<u64>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::with_capacity(segments.len());
    for (interval, segment) in segments {
        let Some(time) = segment.time() else { break };
        let duration = match segment.end() {
            Some(end) if segment.complete => end.saturating_sub(time),
            Some(end) => {
                let Some(usual) = usual else { break };
                end.saturating_sub(time).max(ticks(usual, segment.timescale))
            }
            None => ticks(interval.duration_micros(), segment.timescale).max(1),
        };
        let span = Span { time, duration };
        // The length of a gap is known by what comes behind it.
        if let Some(before) = spans.last_mut().filter(|before| before.end() > span.time) {
            before.duration = span.time.saturating_sub(before.time).max(1);
        }
        spans.push(span);
        if !segment.complete {
            break;
        }
    }
    spans
}

/// The duration of the newest whole segment of a track, in microseconds.
fn usual_duration(track: Track, seen: &[&Interval]) -> Option<u64> {
    seen.iter()
        .rev()
        .filter_map(|interval| interval.segments.of(track).as_ref())
        .find(|segment| segment.complete && !segment.is_gap())
        .map(Segment::duration_micros)
}

fn bits_per_second(segment: &Segment) -> u64 {
    let bits = u64::try_from(segment.len())
        .unwrap_or(u64::MAX)
        .saturating_mul(8_000_000);
    bits.checked_div(segment.duration_micros()).unwrap_or(0)
}

/// When the last segment of the last period ends, in microseconds of the presentation's time.
fn end_of(periods: &[Period]) -> u64 {
    let Some(last) = periods.last() else {
        return 0;
    };
    let ends = last.sets.iter().filter_map(|set| {
        let ticks = set.spans.last()?.end().saturating_sub(set.offset);
        Some(last.start + ticks.saturating_mul(1_000_000) / u64::from(set.timescale.max(1)))
    });
    ends.max().unwrap_or(last.start)
}

/// Microseconds from one time to a later one.
fn wall_micros(from: UnixMicros, to: UnixMicros) -> u64 {
    micros(to.since(from))
}
