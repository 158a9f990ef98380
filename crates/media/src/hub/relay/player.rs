//! One player of a relay: its place in the messages, and its clock.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::clock::Clock;
use super::ring::{Headers, Ring, Tag};
use super::{Standing, State};
use crate::hub::channel::Channel;
use crate::hub::request::View;
use crate::{Media, MediaKind, SessionId};

/// What is handed out at once: what comes in a second or so.
const AT_ONCE: usize = 128;

/// What a player sees next.
#[derive(Debug, PartialEq, Eq)]
pub enum Played {
    /// Messages, with timestamps of the player's own clock.
    Media(Vec<Media>),
    /// The publisher is gone and may come back.
    Interrupted,
    /// Nothing will follow.
    Over,
}

/// A player, which takes messages when it has room for them. One that takes them too late misses some, and goes on at a
/// key frame.
pub struct Player {
    channel: Arc<Channel>,
    changes: watch::Receiver<u64>,
    place: Place,
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player")
            .field("view", &self.place.view)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Place {
    view: View,
    /// The number of the next tag; none before the first.
    next: Option<u64>,
    /// The session whose frames are being played; none until there is a key frame of it.
    session: Option<SessionId>,
    /// The last session that was.
    last: Option<SessionId>,
    run: Option<u64>,
    clock: Clock,
    interrupted: bool,
}

impl Player {
    pub(in crate::hub) fn new(channel: Arc<Channel>, view: View) -> Self {
        Self {
            changes: channel.relay().changes.subscribe(),
            channel,
            place: Place {
                view,
                next: None,
                session: None,
                last: None,
                run: None,
                clock: Clock::default(),
                interrupted: false,
            },
        }
    }

    /// Waits for what comes next. May be dropped at any time.
    pub async fn next(&mut self) -> Played {
        loop {
            self.changes.borrow_and_update();
            let played = self.place.read(&self.channel.relay().state());
            match played {
                Some(played) => return played,
                None => {
                    if self.changes.changed().await.is_err() {
                        return Played::Over;
                    }
                }
            }
        }
    }
}

impl Place {
    fn read(&mut self, state: &State) -> Option<Played> {
        if self.is_over(state) {
            return Some(Played::Over);
        }
        self.run = Some(state.run);
        let media = self.take(&state.ring);
        if !media.is_empty() {
            self.interrupted = false;
            return Some(Played::Media(media));
        }
        let interrupted = state.standing == Standing::Interrupted;
        if interrupted && !self.interrupted && self.last.is_some() {
            self.interrupted = true;
            return Some(Played::Interrupted);
        }
        None
    }

    fn is_over(&self, state: &State) -> bool {
        match self.view {
            View::Preview(session) => {
                state.standing != Standing::Publishing || state.session != Some(session)
            }
            View::Broadcast { until, .. } => {
                until.is_some()
                    || matches!(state.standing, Standing::Over | Standing::Off)
                    || self.run.is_some_and(|run| run != state.run)
            }
        }
    }

    /// What was sent before a broadcast is never in it.
    fn sees(&self, tag: &Tag) -> bool {
        match self.view {
            View::Preview(session) => tag.session == session,
            View::Broadcast { from, .. } => tag.arrived >= from,
        }
    }

    fn take(&mut self, ring: &Ring) -> Vec<Media> {
        if self.next.is_none_or(|next| ring.has_lost(next)) {
            self.session = None;
            let Some(entry) = ring.entry(|tag| self.sees(tag)) else {
                return Vec::new();
            };
            self.next = Some(entry);
        }
        let mut media = Vec::new();
        while media.len() < AT_ONCE
            && let Some(next) = self.next
            && let Some(tag) = ring.get(next)
        {
            self.next = Some(next + 1);
            if self.session != Some(tag.session) {
                self.session = None;
                let Some(headers) = tag.entry.as_ref().filter(|_| self.sees(tag)) else {
                    continue;
                };
                self.begin(tag, headers, &mut media);
            }
            media.push(self.message(tag.kind, tag));
        }
        media
    }

    /// Begins, or begins again, with what a decoder needs.
    fn begin(&mut self, tag: &Tag, headers: &Headers, media: &mut Vec<Media>) {
        if self.last != Some(tag.session) {
            self.clock.begin(tag.at);
        }
        self.session = Some(tag.session);
        self.last = self.session;
        let of = [
            (MediaKind::Data, &headers.metadata),
            (MediaKind::Video, &headers.video),
            (MediaKind::Audio, &headers.audio),
        ];
        for (kind, payload) in of {
            if let Some(payload) = payload {
                let payload = payload.clone();
                media.push(self.message(
                    kind,
                    &Tag {
                        payload,
                        ..tag.clone()
                    },
                ));
            }
        }
    }

    fn message(&mut self, kind: MediaKind, tag: &Tag) -> Media {
        Media {
            kind,
            timestamp: self.clock.timestamp(kind, tag.at),
            payload: tag.payload.clone(),
        }
    }
}
