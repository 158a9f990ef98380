//! The meter of one session.

use std::time::Duration;

use super::latencies::Latencies;
use super::pace::{Pace, Step};
use super::seconds::Seconds;
use super::{Health, Warning};
use crate::packaging::codec::{AudioConfig, VideoConfig};
use crate::packaging::{PackagingSettings, Seen, Track, Tracks};
use crate::{Media, MediaKind, UnixMicros};

/// For how long something that happened is told.
const TOLD: Duration = Duration::from_secs(60);

/// How long nothing may come, or one of the tracks be behind the other, before that is told.
const SILENT: Duration = Duration::from_secs(3);

/// How long a track is awaited before it is told that there is none.
const AWAITED: Duration = Duration::from_secs(5);

/// What an encoder may be slower than our clock, in percent: less is a matter of two clocks, and of networks.
const SLOWER: u64 = 10;

/// From how much of the limit on the bitrate on that is told, in percent.
const NEAR: u64 = 80;

/// What a session's segmenter counts itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Frames that came and are in no segment.
    pub(crate) dropped: u64,
    /// Segments that were cut without a key frame.
    pub(crate) cut: u64,
}

/// Measures one session.
#[derive(Debug)]
pub(crate) struct Meter {
    segment_duration: Duration,
    track_wait: Duration,
    opened: UnixMicros,
    seconds: Seconds,
    tracks: Tracks<Option<Pace>>,
    /// Milliseconds on the session's timeline of the last key frame of video, and between the last two.
    key_frame: Option<i64>,
    key_frame_interval: Option<i64>,
    video_codec: Option<String>,
    audio_codec: Option<String>,
    resolution: Option<(u16, u16)>,
    latencies: Latencies,
    totals: Totals,
    /// When the totals last rose.
    dropped_at: Option<UnixMicros>,
    cut_at: Option<UnixMicros>,
    /// The last jump of the encoder's clock: when, and by how much; and how many there were.
    jump: Option<(UnixMicros, i64)>,
    jumps: u64,
    /// When audio began, if it was late, and by how much.
    late: Option<(UnixMicros, Duration)>,
}

impl Meter {
    pub(crate) fn new(settings: &PackagingSettings, now: UnixMicros) -> Self {
        Self {
            segment_duration: settings.segment_duration,
            track_wait: settings.track_wait,
            opened: now,
            seconds: Seconds::default(),
            tracks: Tracks::default(),
            key_frame: None,
            key_frame_interval: None,
            video_codec: None,
            audio_codec: None,
            resolution: None,
            latencies: Latencies::default(),
            totals: Totals::default(),
            dropped_at: None,
            cut_at: None,
            jump: None,
            jumps: 0,
            late: None,
        }
    }

    /// Takes note of a message, of what it turned out to be, and of what has been counted up to it. Answers how many
    /// frames were dropped because of it.
    pub(crate) fn message(&mut self, media: &Media, seen: Seen, totals: Totals, now: UnixMicros) -> u64 {
        if media.kind != MediaKind::Data {
            self.seconds.bytes(media.payload.len(), now);
        }
        if let Seen::Frame { track, at, key } = seen {
            self.frame(track, media.timestamp, at, now);
            if track == Track::Video && key {
                let last = self.key_frame.replace(at);
                self.key_frame_interval = last.map(|last| at - last);
            }
        }
        let dropped = totals.dropped.saturating_sub(self.totals.dropped);
        if dropped > 0 {
            self.dropped_at = Some(now);
        }
        if totals.cut > self.totals.cut {
            self.cut_at = Some(now);
        }
        self.totals = totals;
        dropped
    }

    /// Takes note of the configurations in force.
    pub(crate) fn configured(&mut self, video: Option<&VideoConfig>, audio: Option<&AudioConfig>) {
        self.video_codec = video.map(VideoConfig::codec);
        self.resolution = video.map(|config| (config.picture().width, config.picture().height));
        self.audio_codec = audio.map(AudioConfig::codec);
    }

    /// Takes note of how long a part took from its first frame's coming to its being there.
    pub(crate) fn part(&mut self, latency: Duration) {
        self.latencies.add(latency);
    }

    pub(super) fn health(&self, now: UnixMicros, bitrate_limit: u64) -> Health {
        let bitrate = self.seconds.bitrate(now);
        let key_frame_interval = self.key_frame_interval();
        Health {
            bitrate,
            frame_rate: self.tracks.video.and_then(|_| self.seconds.frame_rate(now)),
            key_frame_interval,
            video_codec: self.video_codec.clone(),
            audio_codec: self.audio_codec.clone(),
            resolution: self.resolution,
            dropped: self.totals.dropped,
            latency: self.latencies.summary(),
            warnings: [
                self.nothing_received(now),
                self.too_slow(now),
                near_limit(bitrate, bitrate_limit),
                self.stopped(Track::Video, now),
                self.stopped(Track::Audio, now),
                self.audio_missing(now),
                self.audio_late(now),
                self.key_frames_rare(key_frame_interval),
                self.segment_cut(now),
                self.jumped(now),
                self.frames_dropped(now),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }

    fn frame(&mut self, track: Track, stamp: u32, at: i64, now: UnixMicros) {
        if track == Track::Audio
            && self.tracks.audio.is_none()
            && let Some(video) = self.tracks.video
        {
            let late = millis(at - video.first);
            self.late = (late > self.track_wait).then_some((now, late));
        }
        let Step { passed, jump } = Pace::step(self.tracks.of_mut(track), stamp, at, now);
        self.seconds.frame(track, passed, now);
        if let Some(by) = jump {
            self.jump = Some((now, by));
            self.jumps += 1;
        }
    }

    fn key_frame_interval(&self) -> Option<Duration> {
        let since = self.tracks.video?.latest - self.key_frame?;
        match self.key_frame_interval {
            Some(last) => Some(millis(last.max(since))),
            None => Some(millis(since)).filter(|since| *since > self.segment_duration),
        }
    }

    fn silence(&self, now: UnixMicros) -> Duration {
        let heard = [self.tracks.video, self.tracks.audio]
            .into_iter()
            .flatten()
            .map(|pace| pace.heard)
            .max();
        now.since(heard.unwrap_or(self.opened))
    }

    fn nothing_received(&self, now: UnixMicros) -> Option<Warning> {
        let silent = self.silence(now);
        (silent >= SILENT).then_some(Warning::NothingReceived { silent })
    }

    fn too_slow(&self, now: UnixMicros) -> Option<Warning> {
        let progress = |track| self.seconds.progress(track, now);
        // The track that is ahead: the other may have stopped, which is told by itself.
        let (came, within) = progress(Track::Video).max(progress(Track::Audio))?;
        let is_slow = u64::from(came) * 100 < u64::from(within) * (100 - SLOWER);
        (is_slow && self.silence(now) < SILENT).then(|| Warning::TooSlow {
            came: Duration::from_millis(came.into()),
            within: Duration::from_millis(within.into()),
        })
    }

    /// A track that is behind the other, which goes on.
    fn stopped(&self, track: Track, now: UnixMicros) -> Option<Warning> {
        let (pace, other) = ((*self.tracks.of(track))?, (*self.tracks.of(track.other()))?);
        let silent = millis(other.latest - pace.latest);
        let goes_on = now.since(other.heard) < SILENT;
        (silent >= SILENT && goes_on).then_some(match track {
            Track::Video => Warning::VideoStopped { silent },
            Track::Audio => Warning::AudioStopped { silent },
        })
    }

    fn audio_missing(&self, now: UnixMicros) -> Option<Warning> {
        let awaited = now.since(self.opened) >= AWAITED;
        (awaited && self.tracks.video.is_some() && self.tracks.audio.is_none())
            .then_some(Warning::AudioMissing)
    }

    fn audio_late(&self, now: UnixMicros) -> Option<Warning> {
        let (at, late) = self.late?;
        (now.since(at) < TOLD).then_some(Warning::AudioLate { late })
    }

    fn key_frames_rare(&self, interval: Option<Duration>) -> Option<Warning> {
        let interval = interval?;
        // Half a segment more costs viewers little.
        (interval > self.segment_duration * 3 / 2).then_some(Warning::KeyFramesRare {
            interval,
            wanted: self.segment_duration,
        })
    }

    fn segment_cut(&self, now: UnixMicros) -> Option<Warning> {
        (now.since(self.cut_at?) < TOLD).then_some(Warning::SegmentCut {
            cut: self.totals.cut,
            wanted: self.segment_duration,
        })
    }

    fn jumped(&self, now: UnixMicros) -> Option<Warning> {
        let (at, by) = self.jump?;
        (now.since(at) < TOLD).then_some(Warning::TimestampsJumped {
            by,
            times: self.jumps,
        })
    }

    fn frames_dropped(&self, now: UnixMicros) -> Option<Warning> {
        (now.since(self.dropped_at?) < TOLD).then_some(Warning::FramesDropped {
            dropped: self.totals.dropped,
        })
    }
}

fn near_limit(bitrate: Option<u64>, limit: u64) -> Option<Warning> {
    let bitrate = bitrate?;
    (bitrate.saturating_mul(100) >= limit.saturating_mul(NEAR))
        .then_some(Warning::BitrateNearLimit { bitrate, limit })
}

fn millis(milliseconds: i64) -> Duration {
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}
