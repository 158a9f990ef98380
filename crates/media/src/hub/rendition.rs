//! What a view shows of one rendition, and how far it has got.

use super::channel::{PARTS_HELD_BACK, Phase, State};
use super::directives::Frontier;
use super::interval::{Interval, Segment};
use super::request::{PlayError, View};
use super::retention::{listed, micros};
use crate::UnixMicros;
use crate::packaging::hls::{Entry, EntryPart, MediaPlaylist, PartName, Report};
use crate::packaging::{PackagingSettings, Track};

/// What there is of a rendition in a view, before the window.
struct Rendition<'a> {
    /// Whole segments, and gaps.
    whole: Vec<&'a Interval>,
    last: &'a Interval,
    /// The one that is being made.
    open: Option<(&'a Interval, &'a Segment)>,
    ended: bool,
    /// `EXT-X-TARGETDURATION` in seconds and `PART-TARGET` in milliseconds.
    target: u32,
    part_target: u32,
}

impl State {
    /// The playlist of a rendition, if there is a segment for it.
    pub(super) fn media_playlist(
        &self,
        track: Track,
        view: View,
        settings: &PackagingSettings,
    ) -> Result<Option<MediaPlaylist>, PlayError> {
        let Some(shown) = self.rendition(track, view)? else {
            return Ok(None);
        };
        let window = micros(listed(settings, Some(shown.target)));
        let mut newer = 0;
        let count = shown
            .whole
            .iter()
            .rev()
            .take_while(|interval| {
                let is_listed = newer < window;
                newer += interval.duration_micros();
                is_listed
            })
            .count();
        let entry = |interval| entry(interval, track, self.discontinuity_sequence(interval, view));
        let own_hold_back = shown.part_target * PARTS_HELD_BACK;
        let run = self.runs.iter().find(|run| run.id == shown.last.run);
        let other = self.frontier(track.other(), view).ok().flatten();
        Ok(Some(MediaPlaylist {
            track,
            target: shown.target,
            part_target: shown.part_target,
            part_hold_back: run
                .and_then(|run| run.part_hold_back)
                .map_or(own_hold_back, |run| run.max(own_hold_back)),
            entries: shown
                .whole
                .iter()
                .skip(shown.whole.len() - count)
                .map(|interval| entry(interval))
                .collect(),
            open: shown.open.map(|(interval, _)| entry(interval)),
            hint: shown.open.map(|(interval, segment)| PartName {
                session: interval.session,
                number: interval.number,
                part: segment.parts.len(),
            }),
            reports: other
                .filter(|_| !shown.ended)
                .map(|frontier| report(track.other(), frontier))
                .into_iter()
                .collect(),
            ended: shown.ended,
        }))
    }

    /// How far a rendition has got in a view.
    pub(super) fn frontier(&self, track: Track, view: View) -> Result<Option<Frontier>, PlayError> {
        let Some(shown) = self.rendition(track, view)? else {
            return Ok(None);
        };
        let parts = |segment: &Segment| u64::try_from(segment.parts.len()).unwrap_or(u64::MAX);
        Ok(Some(Frontier {
            last: (
                shown.last.number,
                shown.last.segments.of(track).as_ref().map_or(0, parts),
            ),
            open: shown
                .open
                .map(|(interval, segment)| (interval.number, parts(segment))),
            ended: shown.ended,
            target: shown.target,
            part_target: shown.part_target,
        }))
    }

    fn rendition(&self, track: Track, view: View) -> Result<Option<Rendition<'_>>, PlayError> {
        let seen: Vec<_> = self.run(view).collect();
        let over = self.is_over(view);
        if over && seen.is_empty() {
            return Err(PlayError::NotFound);
        }
        if !seen.iter().any(|interval| interval.is_complete()) {
            return Ok(None);
        }
        let ended = over && seen.iter().all(|interval| interval.is_complete());
        let first = seen
            .iter()
            .position(|interval| interval.segments.of(track).is_some())
            .ok_or(PlayError::NotFound)?;
        let mut rest = seen.into_iter().skip(first).peekable();
        let mut whole = Vec::new();
        while let Some(interval) = rest.next_if(|interval| match interval.segments.of(track) {
            Some(segment) => segment.complete,
            None => interval.is_complete(),
        }) {
            whole.push(interval);
        }
        let open = rest
            .next()
            .and_then(|interval| Some((interval, interval.segments.of(track).as_ref()?)));
        let Some(last) = whole.last().copied() else {
            return Ok(None);
        };
        let targets = self.targets_of(last.run);
        let (Some(target), Some(part_target)) = (targets.segment, *targets.parts.of(track)) else {
            return Ok(None);
        };
        Ok(Some(Rendition {
            whole,
            last,
            open,
            ended,
            target,
            part_target,
        }))
    }

    /// The newest intervals of a view that follow each other without a hole.
    pub(super) fn run(&self, view: View) -> impl Iterator<Item = &Interval> {
        let seen = || self.intervals.iter().filter(move |interval| interval.is_in(view));
        let mut next = None;
        let length = seen()
            .rev()
            .take_while(|interval| {
                let follows =
                    next.is_none_or(|(run, number)| run == interval.run && number == interval.number + 1);
                next = Some((interval.run, interval.number));
                follows
            })
            .count();
        seen().skip(seen().count() - length)
    }

    fn discontinuity_sequence(&self, interval: &Interval, view: View) -> u64 {
        let run = self.runs.iter().find(|run| run.id == interval.run);
        run.map_or(0, |run| run.sequence_in(view, interval.discontinuities))
    }

    /// Whether nothing will be added to a view.
    pub(super) fn is_over(&self, view: View) -> bool {
        match view {
            View::Broadcast { until, .. } => until.is_some(),
            View::Preview(session) => self
                .session(session)
                .is_none_or(|session| session.phase != Phase::Publishing),
        }
    }
}

fn entry(interval: &Interval, track: Track, discontinuity_sequence: u64) -> Entry {
    let segment = interval
        .segments
        .of(track)
        .as_ref()
        .filter(|segment| !segment.is_gap());
    let begins = segment.and_then(Segment::begins).unwrap_or(interval.at);
    // A track may begin a little beside its interval; video is listed by the interval's time of presentation.
    let later = if track == Track::Audio {
        (begins - interval.at).saturating_mul(1_000)
    } else {
        0
    };
    Entry {
        number: interval.number,
        session: interval.session,
        discontinuity_sequence,
        init: segment.map(|segment| segment.init),
        duration_micros: segment.map_or_else(|| interval.duration_micros(), Segment::duration_micros),
        date_time: UnixMicros(interval.date_time.0.saturating_add(later)),
        parts: segment.map(parts).unwrap_or_default(),
    }
}

fn parts(segment: &Segment) -> Vec<EntryPart> {
    let parts = segment.parts.iter();
    parts
        .map(|part| EntryPart {
            duration_micros: segment.micros(part.duration),
            independent: part.independent,
        })
        .collect()
}

fn report(track: Track, frontier: Frontier) -> Report {
    let (number, parts) = frontier
        .open
        .filter(|(_, parts)| *parts > 0)
        .unwrap_or(frontier.last);
    Report {
        track,
        last_number: number,
        last_part: parts.checked_sub(1).and_then(|index| usize::try_from(index).ok()),
    }
}
