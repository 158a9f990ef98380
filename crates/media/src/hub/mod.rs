//! What is live now: channels, their sessions and segments, and the answers to players.
//!
//! All media is in memory, each part once. Nothing here does I/O; time comes in as an argument.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

mod channel;
mod directives;
mod drift;
mod gathered;
mod growing;
mod interval;
mod listing;
mod overview;
mod presentation;
mod publication;
mod relay;
mod rendition;
mod request;
mod retention;
mod run;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::directives::{Directives, Until};
pub use self::growing::{Cut, Growing};
pub use self::publication::{Publication, Retained};
pub use self::relay::{Played, Player, Relayed};
pub use self::request::{Answer, Body, Freshness, PlayError, PlayRequest, View};
pub use crate::packaging::{IngestError, PackagingSettings};

use bytes::Bytes;
use tokio::time::Instant;

use self::channel::{Channel, Found};
use self::request::Resource;
use crate::packaging::dash;
use crate::packaging::hls::DateTime;
use crate::{ChannelId, Delivery, SessionId, UnixMicros};

/// How often at most a call looks for media that is to be freed, in microseconds.
const SWEEP_INTERVAL: i64 = 1_000_000;

/// How long a player waits for a publisher to come back before it hears that nothing has changed.
const INTERRUPTED: Duration = Duration::from_secs(1);

/// Everything that is live in this process.
#[derive(Debug)]
pub struct Hub {
    settings: PackagingSettings,
    channels: Mutex<HashMap<ChannelId, Arc<Channel>>>,
    swept: AtomicI64,
}

/// How much a hub holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Channels with media, or with a session that may bring some.
    pub channels: usize,
    /// Sessions: publishing, interrupted, or over and not yet freed.
    pub sessions: usize,
    /// Bytes of media.
    pub bytes: usize,
}

impl Hub {
    /// A hub without channels.
    pub fn new(settings: PackagingSettings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            channels: Mutex::default(),
            swept: AtomicI64::new(0),
        })
    }

    /// Begins a session. If it goes on with what `previous` began, and that is still held here, its segments follow
    /// behind a discontinuity in the same playlists; otherwise they begin a sequence with higher numbers. A session of
    /// the channel that is still publishing is superseded.
    pub fn open(
        self: &Arc<Self>,
        channel: ChannelId,
        session: SessionId,
        previous: Option<SessionId>,
        now: UnixMicros,
    ) -> Publication {
        self.open_for(channel, session, previous, Delivery::Packaged, now)
    }

    /// The same for another delivery.
    pub fn open_for(
        self: &Arc<Self>,
        channel: ChannelId,
        session: SessionId,
        previous: Option<SessionId>,
        delivery: Delivery,
        now: UnixMicros,
    ) -> Publication {
        self.sweep_if_due(now);
        // Held until the session is in: a sweep must not take the channel away in between.
        let mut channels = self.channels();
        let channel = channels
            .entry(channel)
            .or_insert_with(|| Arc::new(Channel::new(self.settings.clone())));
        let targets = channel.open(session, previous, delivery, now);
        Publication::new(
            Arc::clone(channel),
            &self.settings,
            session,
            (delivery, targets),
            now,
        )
    }

    /// Answers a player's request. What is on its way is waited for, three target durations at most: the first segment
    /// of a view, what the directives name, the part that a playlist hints at. Who waits when the publisher is lost is
    /// answered at once with the playlist as it is, and who asks after that, within a second; such an answer does not
    /// stay good. Touches neither disk nor network, and may be dropped at any time.
    pub async fn fetch(&self, request: &PlayRequest, now: UnixMicros) -> Result<Answer, PlayError> {
        self.sweep_if_due(now);
        let resource = Resource::parse(&request.resource).ok_or(PlayError::NotFound)?;
        if let View::Broadcast {
            until: Some(until), ..
        } = request.view
            && now.since(until) >= self.lingers()
        {
            return Err(PlayError::NotFound);
        }
        if resource == Resource::Time {
            return Ok(time(now));
        }
        let channel = self.channels().get(&request.channel).map(Arc::clone);
        let Some(channel) = channel else {
            return Err(match request.view {
                View::Broadcast { until: None, .. } => PlayError::NotYet,
                View::Broadcast { .. } | View::Preview(_) => PlayError::NotFound,
            });
        };
        if resource == Resource::Flv {
            return relayed(channel, request.view);
        }
        let mut changes = channel.changes();
        let asked = Instant::now();
        let mut has_waited = false;
        loop {
            let (limit, meanwhile) = match channel.find(&resource, request.view, request.directives)? {
                Found::Answer(answer) => return Ok(answer),
                Found::Meanwhile(answer) if has_waited => return Ok(answer),
                Found::Meanwhile(answer) => (INTERRUPTED, Some(answer)),
                // A channel makes an answer of it.
                Found::InTheMaking => return Err(PlayError::NotFound),
                Found::Nothing(limit) => {
                    has_waited = true;
                    (limit, None)
                }
            };
            tokio::select! {
                outcome = changes.changed() => outcome.map_err(|_| PlayError::NotYet)?,
                () = tokio::time::sleep_until(asked + limit) => return meanwhile.ok_or(PlayError::NotYet),
            }
        }
    }

    /// A player of what a channel relays; none if there is nothing for this view.
    pub fn player(&self, channel: ChannelId, view: View) -> Option<Player> {
        let channel = self.channels().get(&channel).map(Arc::clone)?;
        channel.relay().is_on(view).then(|| Player::new(channel, view))
    }

    /// For how long media is held when its broadcast is over.
    pub fn lingers(&self) -> Duration {
        self.settings.window + self.settings.linger
    }

    /// Frees the media of sessions that have been over for long enough.
    pub fn sweep(&self, now: UnixMicros) {
        self.swept.store(now.0, Ordering::Relaxed);
        self.channels().retain(|_, channel| channel.sweep(now));
    }

    /// How much is held at the moment.
    pub fn holdings(&self) -> Holdings {
        let channels = self.channels();
        let mut holdings = Holdings {
            channels: channels.len(),
            ..Holdings::default()
        };
        for channel in channels.values() {
            let (sessions, bytes) = channel.holdings();
            holdings.sessions += sessions;
            holdings.bytes += bytes;
        }
        holdings
    }

    fn sweep_if_due(&self, now: UnixMicros) {
        let swept = self.swept.load(Ordering::Relaxed);
        if now.0.abs_diff(swept) >= SWEEP_INTERVAL.unsigned_abs() {
            self.sweep(now);
        }
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<ChannelId, Arc<Channel>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What players of DASH set their clocks by.
fn time(now: UnixMicros) -> Answer {
    Answer {
        body: Body::Parts(vec![Bytes::from(DateTime(now).to_string())]),
        content_type: dash::TIME_CONTENT_TYPE,
        freshness: Freshness::Never,
        tag: None,
    }
}

/// What a channel relays, as a file that goes on.
fn relayed(channel: Arc<Channel>, view: View) -> Result<Answer, PlayError> {
    if !channel.relay().is_on(view) {
        return Err(PlayError::NotFound);
    }
    Ok(Answer {
        body: Body::Relayed(Relayed { channel, view }),
        content_type: relay::FLV,
        freshness: Freshness::Never,
        tag: None,
    })
}
