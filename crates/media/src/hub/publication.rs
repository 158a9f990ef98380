//! The publisher's side of a channel.

use std::sync::Arc;

use super::channel::{Channel, Phase};
use super::relay::Feed;
use crate::health::{Meter, Probe, Totals};
use crate::meters;
use crate::packaging::segmenter::{Event, Segmenter, Targets};
use crate::packaging::{IngestError, PackagingSettings, Seen, Track};
use crate::{Delivery, Media, SessionId, UnixMicros};

/// A session that is being published. When it is dropped, the session is over; [`finish`](Self::finish) keeps it
/// for a resumption.
#[derive(Debug)]
pub struct Publication {
    channel: Arc<Channel>,
    session: SessionId,
    settings: PackagingSettings,
    /// There if there is CMAF.
    segmenter: Option<Segmenter>,
    /// There if there is RTMP and HTTP-FLV.
    feed: Option<Feed>,
    events: Vec<Event>,
    /// When the first frames came of the parts that were made last, whose making is still to be measured.
    unmeasured: Vec<(Track, UnixMicros)>,
    probe: Probe,
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
        (delivery, targets): (Delivery, Targets),
        now: UnixMicros,
    ) -> Self {
        Self {
            channel,
            session,
            segmenter: delivery
                .packages()
                .then(|| Segmenter::new(settings.clone(), targets, now)),
            feed: delivery.relays().then(|| Feed::new(session, now)),
            probe: Probe::new(Meter::new(settings, now)),
            settings: settings.clone(),
            events: Vec::new(),
            unmeasured: Vec::new(),
            playable: false,
            finished: false,
            heard: now,
        }
    }

    /// Packages and relays a message. After an error the session can't go on: finish or drop it.
    pub fn push(&mut self, media: &Media, now: UnixMicros) -> Result<(), IngestError> {
        self.heard = now;
        self.unmeasured.clear();
        let relayed = match &mut self.feed {
            Some(feed) => feed.push(media, now, self.channel.relay())?,
            None => Seen::Other,
        };
        let Some(segmenter) = &mut self.segmenter else {
            self.measure(media, relayed, now);
            return self.follow_feed(now);
        };
        let pushed = segmenter.push(media, now, &mut self.events);
        self.publish(now)?;
        self.measure(media, pushed?, now);
        Ok(())
    }

    /// Tells the meter of a message that turned out to be this.
    fn measure(&self, media: &Media, seen: Seen, now: UnixMicros) {
        let (totals, video, audio) = match (&self.segmenter, &self.feed) {
            (Some(segmenter), _) => (
                Totals {
                    dropped: segmenter.dropped(),
                    cut: segmenter.late_key_frames(),
                },
                segmenter.video_config(),
                segmenter.audio_config(),
            ),
            (None, Some(feed)) => (
                Totals {
                    dropped: feed.dropped(),
                    cut: 0,
                },
                feed.video_config(),
                feed.audio_config(),
            ),
            (None, None) => return,
        };
        let mut meter = self.probe.meter();
        if seen == Seen::Configured {
            meter.configured(video, audio);
        }
        let dropped = meter.message(media, seen, totals, now);
        drop(meter);
        if dropped > 0 {
            meters::dropped(dropped);
        }
    }

    /// Whether a part came of the last message: then [`parts_are_there`](Self::parts_are_there) is to be called.
    pub const fn has_made_parts(&self) -> bool {
        !self.unmeasured.is_empty()
    }

    /// Measures the parts that came of the last message, which players can have `now`.
    pub fn parts_are_there(&mut self, now: UnixMicros) {
        let mut meter = self.probe.meter();
        for (track, received) in self.unmeasured.drain(..) {
            let latency = now.since(received);
            meter.part(latency);
            meters::latency(track, latency);
        }
    }

    /// What tells how the session is doing.
    pub const fn probe(&self) -> &Probe {
        &self.probe
    }

    /// What the segmenter would say, where there is none.
    fn follow_feed(&mut self, now: UnixMicros) -> Result<(), IngestError> {
        let Some(feed) = &self.feed else {
            return Ok(());
        };
        feed.check(&self.settings, now)?;
        self.playable |= feed.is_playable(&self.settings);
        if self.channel.is_publishing(self.session) {
            Ok(())
        } else {
            Err(IngestError::Superseded)
        }
    }

    /// Whether there is a complete segment of every track that the stream began with; where nothing is packaged, whether
    /// there is a key frame.
    pub const fn is_playable(&self) -> bool {
        self.playable
    }

    /// How many segments had to be cut without a key frame because the encoder sent one too late: more than none is
    /// worth a warning to the broadcaster.
    pub fn late_key_frames(&self) -> u64 {
        self.segmenter.as_ref().map_or(0, Segmenter::late_key_frames)
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
        let targets = self
            .segmenter
            .as_ref()
            .map(Segmenter::targets)
            .unwrap_or_default();

        for event in &self.events {
            meters::count(event);
            self.unmeasured.extend(event.received());
        }
        self.playable |= self
            .channel
            .apply(self.session, targets, &mut self.events, now)
            .ok_or(IngestError::Superseded)?;
        Ok(())
    }

    fn end(&mut self, phase: Phase, now: UnixMicros) {
        if !std::mem::replace(&mut self.finished, true) {
            if let Some(segmenter) = &mut self.segmenter {
                segmenter.finish(&mut self.events);
            }
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
