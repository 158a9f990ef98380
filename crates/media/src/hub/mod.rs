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
mod interval;
mod listing;
mod publication;
mod request;
mod retention;
mod run;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::publication::{Publication, Retained};
pub use self::request::{Answer, Body, Freshness, PlayError, PlayRequest, View};
pub use crate::packaging::{IngestError, PackagingSettings};

use self::channel::{Channel, Found};
use self::request::Resource;
use crate::{ChannelId, SessionId, UnixMicros};

/// How often at most a call looks for media that is to be freed, in microseconds.
const SWEEP_INTERVAL: i64 = 1_000_000;

/// How many target durations a playlist is waited for until there is a first segment in it.
const FIRST_SEGMENT_WITHIN: u32 = 3;

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
        self.sweep_if_due(now);
        // Held until the session is in: a sweep must not take the channel away in between.
        let mut channels = self.channels();
        let channel = channels
            .entry(channel)
            .or_insert_with(|| Arc::new(Channel::new(self.settings.clone())));
        let target = channel.open(session, previous, now);
        Publication::new(Arc::clone(channel), &self.settings, session, target, now)
    }

    /// Answers a player's request. A playlist whose view has no segment yet is waited for, three target durations at
    /// most. Touches neither disk nor network, and may be dropped at any time.
    pub async fn fetch(&self, request: &PlayRequest, now: UnixMicros) -> Result<Answer, PlayError> {
        self.sweep_if_due(now);
        let resource = Resource::parse(&request.resource).ok_or(PlayError::NotFound)?;
        if let View::Broadcast {
            until: Some(until), ..
        } = request.view
            && now.since(until) >= self.settings.window + self.settings.linger
        {
            return Err(PlayError::NotFound);
        }
        let channel = self.channels().get(&request.channel).map(Arc::clone);
        let Some(channel) = channel else {
            return Err(match request.view {
                View::Broadcast { until: None, .. } => PlayError::NotYet,
                View::Broadcast { .. } | View::Preview(_) => PlayError::NotFound,
            });
        };
        let mut changes = channel.changes();
        let patience = tokio::time::sleep(self.patience());
        tokio::pin!(patience);
        loop {
            match channel.find(&resource, request.view)? {
                Found::Answer(answer) => return Ok(answer),
                Found::Nothing => {}
            }
            tokio::select! {
                outcome = changes.changed() => outcome.map_err(|_| PlayError::NotYet)?,
                () = &mut patience => return Err(PlayError::NotYet),
            }
        }
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

    fn patience(&self) -> Duration {
        self.settings.segment_duration * FIRST_SEGMENT_WITHIN
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
