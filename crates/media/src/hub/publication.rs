//! The publisher's side of a channel.

use std::sync::Arc;

use super::channel::{Channel, Phase};
use crate::meters;
use crate::packaging::segmenter::{Event, Segmenter, Targets};
use crate::packaging::{IngestError, PackagingSettings};
use crate::{Media, SessionId, UnixMicros};

/// A session that is being published. When it is dropped, the session is over; [`finish`](Self::finish) keeps it
/// for a resumption.
#[derive(Debug)]
pub struct Publication {
    channel: Arc<Channel>,
    session: SessionId,
    segmenter: Segmenter,
    events: Vec<Event>,
    playable: bool,
    finished: bool,
    /// When the last message came.
    heard: UnixMicros,
}

impl Publication {
    pub(super) fn new(
        channel: Arc<Channel>,
        settings: &PackagingSettings,
        session: SessionId,
        targets: Targets,
        now: UnixMicros,
    ) -> Self {
        Self {
            channel,
            session,
            segmenter: Segmenter::new(settings.clone(), targets, now),
            events: Vec::new(),
            playable: false,
            finished: false,
            heard: now,
        }
    }

    /// Packages a message. After an error the session can't go on: finish or drop it.
    pub fn push(&mut self, media: &Media, now: UnixMicros) -> Result<(), IngestError> {
        self.heard = now;
        let pushed = self.segmenter.push(media, now, &mut self.events);
        self.publish(now)?;
        pushed
    }

    /// Whether there is a complete segment of every track that the stream began with.
    pub const fn is_playable(&self) -> bool {
        self.playable
    }

    /// How many segments had to be cut without a key frame because the encoder sent one too late: more than none is
    /// worth a warning to the broadcaster.
    pub const fn late_key_frames(&self) -> u64 {
        self.segmenter.late_key_frames()
    }

    /// Ends the session, with everything it has so far made playable, and keeps it while the answer is held.
    pub fn finish(mut self, now: UnixMicros) -> Retained {
        self.end(Phase::Held, now);
        Retained {
            channel: Arc::clone(&self.channel),
            session: self.session,
        }
    }

    fn publish(&mut self, now: UnixMicros) -> Result<(), IngestError> {
        if self.events.is_empty() {
            return Ok(());
        }
        let targets = self.segmenter.targets();
        for event in &self.events {
            meters::count(event);
        }
        self.playable |= self
            .channel
            .apply(self.session, targets, &mut self.events, now)
            .ok_or(IngestError::Superseded)?;
        Ok(())
    }

    fn end(&mut self, phase: Phase, now: UnixMicros) {
        if !std::mem::replace(&mut self.finished, true) {
            self.segmenter.finish(&mut self.events);
            // A session that has been superseded has ended already.
            self.publish(now).ok();
            self.channel.end(self.session, phase, now);
        }
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        self.end(Phase::Released, self.heard);
    }
}

/// Keeps a gone session's media while its broadcast is interrupted. When dropped, the media stays for the window and
/// the linger time from the next sweep on.
#[derive(Debug)]
pub struct Retained {
    channel: Arc<Channel>,
    session: SessionId,
}

impl Drop for Retained {
    fn drop(&mut self) {
        self.channel.release(self.session);
    }
}
