//! A channel: its sessions in order, and what of their media is held.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

use super::directives::Directives;
use super::drift::Drift;
use super::growing::Growing;
use super::interval::{Interval, Segment};
use super::relay::Relay;
use super::request::{Answer, Body, Freshness, PlayError, Resource, View};
use super::run::Run;
use crate::packaging::segmenter::{Event, Init, Targets};
use crate::packaging::{PackagingSettings, Track, Tracks};
use crate::{Delivery, SessionId, UnixMicros};

/// How many parts players stay behind the end at least.
pub(super) const PARTS_HELD_BACK: u32 = 3;

/// A channel, shared by its publisher and its players.
#[derive(Debug)]
pub(super) struct Channel {
    settings: PackagingSettings,
    state: Mutex<State>,
    /// Counts what players may have waited for: each part, each end of a session.
    changes: watch::Sender<u64>,
    relay: Relay,
}

/// What has been found for a request.
pub(super) enum Found {
    Answer(Answer),
    /// What there is, and nothing is being made at the moment: the publisher is gone and may come back.
    Meanwhile(Answer),
    /// A segment of which there are some parts.
    InTheMaking,
    /// There may be something later; it is waited for at most so long.
    Nothing(Duration),
}

/// What a channel holds.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) sessions: Vec<Session>,
    pub(super) intervals: VecDeque<Interval>,
    /// The number of the next interval.
    next_number: u64,
    /// The newest last; older ones as long as they have sessions.
    pub(super) runs: Vec<Run>,
    /// Changes with every playlist.
    pub(super) edition: u64,
    /// When that was.
    pub(super) changed: UnixMicros,
    pub(super) rendered: super::listing::Rendered,
}

/// A publishing session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) run: u64,
    pub(super) phase: Phase,
    pub(super) delivery: Delivery,
    pub(super) targets: Targets,
    pub(super) inits: Tracks<Vec<Init>>,
    pub(super) opened: UnixMicros,
    /// The number of its first interval.
    first_number: Option<u64>,
    /// A point in time at which the wall clock and the session's timeline (in milliseconds) are known.
    anchor: (UnixMicros, i64),
    drift: Drift,
}

/// How a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Publishing,
    /// Gone, and kept because it may be resumed.
    Held,
    /// Gone for good, since some time before the next sweep.
    Released,
    /// Gone for good at least since then.
    Retired(UnixMicros),
}

impl Channel {
    pub(super) fn new(settings: PackagingSettings) -> Self {
        Self {
            settings,
            state: Mutex::default(),
            changes: watch::Sender::new(0),
            relay: Relay::default(),
        }
    }

    /// Begins a session; answers the targets that it has to keep to.
    pub(super) fn open(
        &self,
        id: SessionId,
        previous: Option<SessionId>,
        delivery: Delivery,
        now: UnixMicros,
    ) -> Targets {
        let mut state = self.state();
        if let Some(publishing) = state
            .sessions
            .iter()
            .find(|session| session.phase == Phase::Publishing)
            .map(|session| session.id)
        {
            state.end(publishing, Phase::Released, now);
        }
        let continued = state
            .sessions
            .iter()
            .any(|session| Some(session.id) == previous && state.newest_run() == Some(session.run));
        let mut targets = Targets::default();
        let mut run = state.newest_run().unwrap_or(0);
        if continued {
            targets = state.targets_of(run);
        } else {
            let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or(0);
            run += 1;
            state.next_number = state.next_number.max(seconds);
            state.runs.push(Run::new(run, now));
        }
        state.sessions.push(Session {
            id,
            run,
            phase: Phase::Publishing,
            delivery,
            targets,
            inits: Tracks::default(),
            opened: now,
            first_number: None,
            anchor: (now, 0),
            drift: Drift::default(),
        });
        drop(state);
        self.relay.open(id, run, delivery.relays());
        self.notify();
        targets
    }

    /// Takes over what a session's segmenter has made. Answers whether the session has a complete interval, or
    /// `None` if it has been superseded.
    pub(super) fn apply(
        &self,
        id: SessionId,
        targets: Targets,
        events: &mut Vec<Event>,
        now: UnixMicros,
    ) -> Option<bool> {
        let mut state = self.state();
        let session = state.session_mut(id)?;
        if session.phase != Phase::Publishing {
            return None;
        }
        session.targets = targets;
        state.fix_hold_back(targets);
        let mut completed = false;
        for event in events.drain(..) {
            completed |= matches!(event, Event::End { .. });
            state.apply(id, event, now);
        }
        state.edition += 1;
        state.changed = now;
        if completed {
            state.prune(&self.settings);
        }
        let playable = state
            .intervals
            .iter()
            .any(|interval| interval.session == id && interval.is_complete());
        drop(state);
        self.notify();
        Some(playable)
    }

    /// A publisher is gone; its media is kept as `phase` says.
    pub(super) fn end(&self, id: SessionId, phase: Phase, now: UnixMicros) {
        self.state().end(id, phase, now);
        self.relay.close(id, phase == Phase::Held);
        self.notify();
    }

    /// Lets go of a session that was held.
    pub(super) fn release(&self, id: SessionId) {
        if let Some(session) = self.state().session_mut(id)
            && session.phase == Phase::Held
        {
            session.phase = Phase::Released;
        }
        self.relay.close(id, false);
    }

    /// Looks for what a request names.
    pub(super) fn find(
        self: &Arc<Self>,
        resource: &Resource,
        view: View,
        directives: Directives,
    ) -> Result<Found, PlayError> {
        let mut state = self.state();
        let resource = state.numbered(*resource)?;
        let found = state.find(&resource, view, directives, &self.settings);
        match (found, resource) {
            (
                Ok(Found::InTheMaking),
                Resource::Segment {
                    session,
                    track,
                    number,
                },
            ) => Ok(Found::Answer(Answer {
                body: Body::Growing(Growing {
                    channel: Arc::clone(self),
                    session,
                    track,
                    number,
                }),
                content_type: track.content_type(),
                freshness: Freshness::Immutable,
                tag: None,
            })),
            (found, _) => found,
        }
    }

    /// Frees what is over; answers whether anything is left.
    pub(super) fn sweep(&self, now: UnixMicros) -> bool {
        let mut state = self.state();
        state.sweep(now, &self.settings);
        !state.sessions.is_empty()
    }

    /// The parts of a segment from the one with the index `next` on, and whether those are all.
    pub(super) fn parts_from(
        &self,
        session: SessionId,
        track: Track,
        number: u64,
        next: usize,
    ) -> Option<(VecDeque<Bytes>, bool)> {
        let state = self.state();
        let mut intervals = state.intervals.iter().rev();
        let interval = intervals.find(|interval| interval.number == number && interval.session == session)?;
        let segment = interval.segments.of(track).as_ref()?;
        let parts = segment.parts.iter().skip(next);
        Some((parts.map(|part| part.bytes.clone()).collect(), segment.complete))
    }

    pub(super) const fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Whether a session is the one that publishes.
    pub(super) fn is_publishing(&self, id: SessionId) -> bool {
        self.state()
            .session(id)
            .is_some_and(|session| session.phase == Phase::Publishing)
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Sessions and bytes held.
    pub(super) fn holdings(&self) -> (usize, usize) {
        let state = self.state();
        (
            state.sessions.len(),
            state.intervals.iter().map(Interval::bytes).sum(),
        )
    }

    fn notify(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether there is CMAF of a view, or will be.
    pub(super) fn is_packaged(&self, view: View) -> bool {
        let newest = match view {
            View::Preview(session) => self.session(session),
            View::Broadcast { .. } => self.sessions.last(),
        };
        newest.is_none_or(|session| session.delivery.packages())
    }

    pub(super) fn newest_run(&self) -> Option<u64> {
        self.runs.last().map(|run| run.id)
    }

    pub(super) fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    fn session_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// What the playlists of a run promise.
    pub(super) fn targets_of(&self, run: u64) -> Targets {
        let sessions = || self.sessions.iter().filter(|session| session.run == run);
        let part = |track| sessions().find_map(|session| *session.targets.parts.of(track));
        Targets {
            segment: sessions().find_map(|session| session.targets.segment),
            parts: Tracks {
                video: part(Track::Video),
                audio: part(Track::Audio),
            },
        }
    }

    /// Fixes how far players stay behind the newest run's end: three of the longest parts (RFC 8216bis, 4.4.3.8).
    fn fix_hold_back(&mut self, targets: Targets) {
        let Some(run) = self.runs.last_mut() else {
            return;
        };
        if targets.segment.is_some() && run.part_hold_back.is_none() {
            let longest = targets.parts.video.max(targets.parts.audio);
            run.part_hold_back = longest.map(|longest| longest * PARTS_HELD_BACK);
        }
    }

    fn apply(&mut self, id: SessionId, event: Event, now: UnixMicros) {
        match event {
            Event::Init { track, init } => {
                if let Some(session) = self.session_mut(id) {
                    session.inits.of_mut(track).push(init);
                }
            }
            Event::Begin {
                at,
                discontinuity,
                inits,
            } => self.begin(id, at, discontinuity, inits, now),
            Event::Part { track, index, part } => {
                if let Some(segment) = self.segment(id, track, index) {
                    segment.parts.push(part);
                }
            }
            Event::End { track, index, last } => {
                if let Some(at) = self.position(id, index) {
                    if let Some(segment) = self.segment(id, track, index) {
                        segment.parts.extend(last);
                    }
                    self.complete(at, track);
                }
            }
        }
    }

    fn begin(
        &mut self,
        id: SessionId,
        at: i64,
        discontinuity: bool,
        inits: Tracks<Option<u32>>,
        now: UnixMicros,
    ) {
        // Time never goes back from one interval to the next, or a view would have holes.
        let began = self.intervals.back().map_or(now, |last| last.began.max(now));
        self.close_last(began);
        let shown = self.intervals.back().map(Interval::shown_until);
        let number = self.next_number;
        let Some(run) = self.runs.last_mut() else {
            return;
        };
        if discontinuity {
            run.mark(began);
        }
        let discontinuities = run.discontinuities();
        let Some(session) = self.session_mut(id) else {
            return;
        };
        session.first_number.get_or_insert(number);
        if discontinuity {
            // The dates of a playlist don't go back, whatever the publisher's clock did before.
            session.anchor = (shown.map_or(began, |shown| shown.max(began)), at);
            session.drift = Drift::default();
        }
        let (anchored, anchored_at) = session.anchor;
        let dated = anchored
            .0
            .saturating_add((at - anchored_at).saturating_mul(1_000));
        let date_time = session.drift.correct(UnixMicros(dated), now);
        let segment = |track: Track, index: Option<u32>| {
            let init = session
                .inits
                .of(track)
                .iter()
                .find(|init| Some(init.index) == index)?;
            Some(Segment {
                init: init.index,
                timescale: init.timescale.max(1),
                parts: Vec::new(),
                complete: false,
                gap: None,
            })
        };
        let interval = Interval {
            number,
            session: id,
            run: session.run,
            discontinuities,
            began,
            ended: None,
            at,
            date_time,
            anchor: (anchored, anchored_at),
            segments: Tracks {
                video: segment(Track::Video, inits.video),
                audio: segment(Track::Audio, inits.audio),
            },
        };
        self.next_number += 1;
        self.intervals.push_back(interval);
    }

    fn segment(&mut self, id: SessionId, track: Track, index: u64) -> Option<&mut Segment> {
        let at = self.position(id, index)?;
        self.intervals.get_mut(at)?.segments.of_mut(track).as_mut()
    }

    /// Where the interval with this index in its session is among those that are held.
    fn position(&self, id: SessionId, index: u64) -> Option<usize> {
        let number = self.session(id)?.first_number? + index;
        self.intervals
            .iter()
            .rposition(|interval| interval.number == number)
    }

    /// Completes a track's segment with the parts that it has.
    fn complete(&mut self, at: usize, track: Track) {
        let before = at
            .checked_sub(1)
            .and_then(|before| self.intervals.get(before))
            .map(|before| (before.session, before.segments.of(track).as_ref()));
        let before = before.and_then(|(session, segment)| Some((session, segment?.init, segment?.end()?)));
        let Some(interval) = self.intervals.get_mut(at) else {
            return;
        };
        if let Some(segment) = interval.segments.of_mut(track) {
            let before =
                before.filter(|(session, init, _)| (*session, *init) == (interval.session, segment.init));
            segment.complete(interval.at, before.map(|(.., end)| end));
        }
    }

    fn close_last(&mut self, now: UnixMicros) {
        if let Some(last) = self.intervals.back_mut() {
            last.ended.get_or_insert(now);
        }
    }

    /// Ends a session, completing its segments with the parts that they have.
    fn end(&mut self, id: SessionId, phase: Phase, now: UnixMicros) {
        let Some(session) = self.session_mut(id) else {
            return;
        };
        if session.phase != Phase::Publishing {
            return;
        }
        session.phase = phase;
        self.close_last(now);
        for at in 0..self.intervals.len() {
            if self
                .intervals
                .get(at)
                .is_some_and(|interval| interval.session == id)
            {
                self.complete(at, Track::Video);
                self.complete(at, Track::Audio);
            }
        }
        // One that nobody can have seen does not count.
        if let Some(last) = self.intervals.back().filter(|last| last.bytes() == 0) {
            self.next_number = last.number;
            self.intervals.pop_back();
        }
        self.edition += 1;
        self.changed = now;
    }
}
