//! Relaying: a session's messages as they came, for players of RTMP and HTTP-FLV.
//!
//! The last ones are kept for whoever joins or lags. Each player has a place in them, and nothing else of its own; one
//! that falls out of them goes on at the newest key frame.

mod clock;
mod feed;
mod flv;
mod player;
mod ring;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub(super) use self::feed::Feed;
pub(super) use self::flv::CONTENT_TYPE as FLV;
pub use self::flv::Relayed;
pub use self::player::{Played, Player};
use self::ring::{Ring, Tag};
use super::request::View;
use crate::SessionId;

/// How the newest session of a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nothing was relayed yet, or the newest session is not to be.
    Off,
    Publishing,
    /// Gone, and perhaps to be resumed.
    Interrupted,
    Over,
}

/// The relay of a channel.
#[derive(Debug)]
pub(super) struct Relay {
    state: Mutex<State>,
    /// Counts whatever players may wait for.
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    ring: Ring,
    standing: Standing,
    session: Option<SessionId>,
    /// Sessions of one run are one broadcast.
    run: u64,
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                ring: Ring::default(),
                standing: Standing::Off,
                session: None,
                run: 0,
            }),
            changes: watch::Sender::new(0),
        }
    }
}

impl Relay {
    /// A session begins, whose messages are relayed or not.
    pub(super) fn open(&self, session: SessionId, run: u64, relays: bool) {
        let mut state = self.state();
        state.session = Some(session);
        state.run = run;
        state.standing = if relays {
            Standing::Publishing
        } else {
            Standing::Off
        };
        if !relays {
            state.ring = Ring::default();
        }
        drop(state);
        self.notify();
    }

    /// A session is gone, and may be resumed or not.
    pub(super) fn close(&self, session: SessionId, held: bool) {
        let mut state = self.state();
        if state.session != Some(session) || state.standing == Standing::Off {
            return;
        }
        state.standing = if held {
            Standing::Interrupted
        } else {
            Standing::Over
        };
        if !held {
            state.ring = Ring::default();
        }
        drop(state);
        self.notify();
    }

    /// Whether somebody who asks now gets something, at once or later.
    pub(super) fn is_on(&self, view: View) -> bool {
        let state = self.state();
        match view {
            View::Preview(session) => {
                state.standing == Standing::Publishing && state.session == Some(session)
            }
            View::Broadcast { until, .. } => {
                until.is_none() && matches!(state.standing, Standing::Publishing | Standing::Interrupted)
            }
        }
    }

    fn push(&self, tag: Tag) {
        let mut state = self.state();
        if state.session != Some(tag.session) || state.standing != Standing::Publishing {
            return;
        }
        state.ring.push(tag);
        drop(state);
        self.notify();
    }

    fn notify(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
