//! Cuts a session's media into segments and parts: what begins where, with which tracks.
//!
//! The master track (video when there is one) decides the cuts; the other follows at its first frame past each.

mod audio;
mod cuts;
mod discontinuities;
mod events;
mod input;
mod parts;
mod start;
mod track;

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

pub(crate) use events::{Event, Init, Part};
pub(crate) use parts::Targets;

use self::audio::AudioTrack;
use self::cuts::Cuts;
use self::discontinuities::DiscontinuityBudget;
use self::input::{Frame, Input, Read};
use self::start::Start;
use self::track::{Timed, TrackWriter};
use super::cmaf::TrackConfig;
use super::codec::{AudioConfig, VideoConfig};
use super::{IngestError, PackagingSettings, Seen, Track, Tracks};
use crate::{Media, UnixMicros};

/// Ticks of video in a millisecond, and in a second.
const VIDEO_TICKS: i64 = 90;
const VIDEO_TIMESCALE: u32 = 90_000;
/// What a video frame lasts until one has been measured, in ticks.
const FIRST_STEP: u32 = 3_000;
/// A video frame that lasts longer than this, in ticks, is no measure for the next.
const LONGEST_STEP: u32 = 90_000;
/// How far audio may run ahead of pictures before it is taken that none come, in milliseconds.
const LEAD: i64 = 3_000;
/// The longest that a picture stays when the one after it comes behind a discontinuity, in milliseconds.
const LONGEST_LAST_PICTURE: i64 = 200;

/// The segmenter of one session.
#[derive(Debug)]
pub(crate) struct Segmenter {
    settings: PackagingSettings,
    input: Input,
    budget: DiscontinuityBudget,
    start: Start,
    running: Option<Running>,
    cuts: Cuts,
    /// `PART-TARGET` of each track in milliseconds, once known.
    parts: Tracks<Option<u32>>,
    opened: UnixMicros,
    /// When the last key frame came.
    key_frame: UnixMicros,
    /// Frames that came and are in no segment.
    dropped: u64,
}

/// What there is once the first segment has begun. Times are in milliseconds since then.
#[derive(Debug, Default)]
struct Running {
    origin: i64,
    next_index: u64,
    video: Option<TrackWriter>,
    audio: Option<AudioTrack>,
    /// Video waits for a key frame, to begin behind a discontinuity.
    video_restarts: bool,
    /// The next key frame is the first one behind a discontinuity.
    parameter_sets_due: bool,
    /// Audio waits for a key frame of video, to begin behind a discontinuity.
    audio_restarts: bool,
    /// The configurations in use and the index of the init segment of each.
    inits: Tracks<Option<(u32, TrackConfig)>>,
    /// Audio that is ahead of the pictures: a cut may still come before it.
    held: VecDeque<Held>,
    /// Bytes since the last cut.
    bytes: usize,
}

/// A frame of audio that waits for the pictures of its time.
#[derive(Debug)]
struct Held {
    at: i64,
    received: UnixMicros,
    data: Bytes,
}

impl Segmenter {
    /// A segmenter that has seen nothing; `targets` are those of the sequence that it continues.
    pub(crate) fn new(settings: PackagingSettings, targets: Targets, now: UnixMicros) -> Self {
        Self {
            input: Input::default(),
            budget: DiscontinuityBudget::new(settings.discontinuity_burst, now),
            start: Start::default(),
            running: None,
            cuts: Cuts::new(millis(settings.segment_duration), targets.segment),
            parts: targets.parts,
            opened: now,
            key_frame: now,
            dropped: 0,
            settings,
        }
    }

    /// What has been fixed so far.
    pub(crate) const fn targets(&self) -> Targets {
        Targets {
            segment: self.cuts.target(),
            parts: self.parts,
        }
    }

    /// How many segments had to be cut without a key frame, because one was late.
    pub(crate) const fn late_key_frames(&self) -> u64 {
        self.cuts.late_key_frames()
    }

    /// How many frames came that are in no segment: broken ones, ones that no decoder can use without the key frame
    /// that is awaited, and sound beyond what the publisher's clock has room for.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped + self.start.dropped()
    }

    /// The configuration of video in force.
    pub(crate) const fn video_config(&self) -> Option<&VideoConfig> {
        self.input.video.as_ref()
    }

    /// The configuration of audio in force.
    pub(crate) const fn audio_config(&self) -> Option<&AudioConfig> {
        self.input.audio.as_ref()
    }

    /// Takes a message; what comes of it is added to `events`.
    pub(crate) fn push(
        &mut self,
        media: &Media,
        now: UnixMicros,
        events: &mut Vec<Event>,
    ) -> Result<Seen, IngestError> {
        let seen = match self.input.read(media, now)? {
            Read::Nothing => Seen::Other,
            Read::Broken => {
                self.dropped += 1;
                Seen::Other
            }
            Read::Configured(track) => {
                if track == Track::Audio {
                    self.release(i64::MAX, events);
                }
                if let Some(running) = &mut self.running {
                    running.video_restarts |= track == Track::Video;
                    running.audio_restarts |= track == Track::Audio && running.audio.is_some();
                }
                Seen::Configured
            }
            Read::Frame(frame) => {
                let seen = Seen::Frame {
                    track: frame.track,
                    at: frame.at,
                    key: frame.key,
                };
                if frame.track == Track::Video && frame.key {
                    self.key_frame = now;
                }
                if let Some(running) = &mut self.running {
                    running.bytes += frame.data.len();
                    self.frame(frame, now, events)?;
                } else if let Some(begin) = self.start.frame(frame, &self.input, &self.settings) {
                    self.begin(begin, now, events)?;
                }
                seen
            }
        };
        self.check(now)?;
        Ok(seen)
    }

    /// Ends every segment with what it has.
    pub(crate) fn finish(&mut self, events: &mut Vec<Event>) {
        self.release(i64::MAX, events);
        let Some(mut running) = self.running.take() else {
            return;
        };
        let pictures = running
            .video
            .as_ref()
            .map_or(0, |video| video.end() / VIDEO_TICKS.unsigned_abs());
        let sound = running.audio.as_ref().map_or(0, AudioTrack::end);
        let end = pictures.max(sound);
        self.cuts.finish(i64::try_from(end).unwrap_or(i64::MAX));
        if let Some(video) = &mut running.video {
            video.cut(None, None, events);
            self.parts.video = video.part_target();
        }
        if let Some(audio) = &mut running.audio {
            audio.finish(events);
        }
    }

    fn check(&self, now: UnixMicros) -> Result<(), IngestError> {
        let limit = self.settings.key_frame_within;
        let seconds = limit.as_secs();
        let bytes = self
            .running
            .as_ref()
            .map_or(self.start.bytes(), |running| running.bytes);
        if bytes > self.settings.segment_bytes {
            return Err(IngestError::SegmentTooLarge {
                mebibytes: self.settings.segment_bytes >> 20,
            });
        }
        match &self.running {
            None if now.since(self.opened) < limit && !self.start.exceeds(limit) => Ok(()),
            None if self.input.video.is_none() => Err(IngestError::NoMedia { seconds }),
            Some(running)
                if running.video.is_none()
                    || now.since(self.key_frame) < limit && !self.cuts.lack_key_frame(millis(limit)) =>
            {
                Ok(())
            }
            _ => Err(IngestError::NoKeyFrame { seconds }),
        }
    }

    fn begin(
        &mut self,
        begin: start::Begin,
        now: UnixMicros,
        events: &mut Vec<Event>,
    ) -> Result<(), IngestError> {
        self.running = Some(Running {
            origin: begin.origin,
            video_restarts: begin.video,
            audio_restarts: self.input.audio.is_some(),
            ..Running::default()
        });
        self.open(0, begin.presentation, true, true, events);
        for frame in self.start.take() {
            self.frame(frame, now, events)?;
        }
        Ok(())
    }

    fn frame(&mut self, frame: Frame, now: UnixMicros, events: &mut Vec<Event>) -> Result<(), IngestError> {
        match frame.track {
            Track::Video => self.video(frame, now, events),
            Track::Audio => self.audio(frame, now, events),
        }
    }

    fn video(&mut self, frame: Frame, now: UnixMicros, events: &mut Vec<Event>) -> Result<(), IngestError> {
        let at = frame.at - self.running.as_ref().map_or(0, |running| running.origin);
        if at < 0 {
            return Ok(());
        }
        // Whatever is cut now is cut after these.
        self.release(at - 1, events);
        let Some(running) = &mut self.running else {
            return Ok(());
        };
        running.video_restarts |= frame.jumped || running.video.is_none();
        let presentation = at + i64::from(frame.composition_offset);
        if frame.key && (running.video_restarts || running.audio_restarts) {
            self.discontinue(at, presentation, now, events)?;
        } else if running.video_restarts {
            self.dropped += 1;
            return Ok(());
        } else if let Some(independent) = self.cuts.before_picture(at, presentation, frame.key) {
            self.open(at, presentation, false, independent, events);
        }
        self.cuts.saw_picture(at, frame.key);
        if let Some(running) = &mut self.running
            && let Some(video) = &mut running.video
        {
            let offset = frame.composition_offset.saturating_mul(90);
            let data = match &running.inits.video {
                Some((_, TrackConfig::Video(config))) if frame.key && running.parameter_sets_due => {
                    running.parameter_sets_due = false;
                    config.with_parameter_sets(&frame.data)
                }
                _ => frame.data,
            };
            let frame = Timed {
                decode_time: video_ticks(at),
                length: None,
                composition_offset: offset,
                sync: frame.key,
                received: frame.received,
                data,
            };
            video.frame(frame, events);
        }
        Ok(())
    }

    fn audio(&mut self, frame: Frame, now: UnixMicros, events: &mut Vec<Event>) -> Result<(), IngestError> {
        let Some(running) = &mut self.running else {
            return Ok(());
        };
        let at = frame.at - running.origin;
        if running.video.is_some() {
            if running.audio.is_none() {
                running.audio_restarts = true;
            } else if !running.audio_restarts {
                running.held.push_back(Held {
                    at,
                    received: frame.received,
                    data: frame.data,
                });
                self.release(at - LEAD, events);
            }
            return Ok(());
        }
        running.audio_restarts |= frame.jumped;
        if running.audio_restarts {
            self.discontinue(at, at, now, events)?;
        } else if let Some(cut) = self.cuts.before_sound(at) {
            self.open(cut, cut, false, true, events);
        }
        let (received, data) = (frame.received, frame.data);
        self.hear(Held { at, received, data }, events);
        Ok(())
    }

    /// Packages the held audio that is not later than `until`.
    fn release(&mut self, until: i64, events: &mut Vec<Event>) {
        while let Some(running) = &mut self.running
            && let Some(held) = running.held.pop_front()
        {
            if held.at > until {
                running.held.push_front(held);
                break;
            }
            if let Some(cut) = self.cuts.without_pictures(held.at) {
                self.open(cut, cut, false, false, events);
            }
            self.hear(held, events);
        }
    }

    /// Packages a frame of audio.
    fn hear(&mut self, frame: Held, events: &mut Vec<Event>) {
        if let Some(audio) = self.running.as_mut().and_then(|running| running.audio.as_mut()) {
            let Held { at, received, data } = frame;
            self.dropped += u64::from(!audio.frame(at, received, data, events));
        }
    }

    fn discontinue(
        &mut self,
        at: i64,
        presentation: i64,
        now: UnixMicros,
        events: &mut Vec<Event>,
    ) -> Result<(), IngestError> {
        if self.budget.spend(now) {
            self.open(at, presentation, true, true, events);
            Ok(())
        } else {
            Err(IngestError::TooManyDiscontinuities)
        }
    }

    /// Ends the segments there are and begins the next ones: those of the master at `at`, those of audio when it
    /// gets to `presentation`.
    fn open(
        &mut self,
        at: i64,
        presentation: i64,
        discontinuity: bool,
        independent: bool,
        events: &mut Vec<Event>,
    ) {
        let Some(running) = &mut self.running else {
            return;
        };
        let until = self.cuts.cut(at, presentation, independent);
        let index = running.next_index;
        running.next_index += 1;
        running.bytes = 0;
        if discontinuity {
            running.configure(&self.input, events);
        }
        events.push(Event::Begin {
            at: presentation.max(0),
            discontinuity,
            inits: Tracks {
                video: running.inits.video.as_ref().map(|(index, _)| *index),
                audio: running.inits.audio.as_ref().map(|(index, _)| *index),
            },
        });
        let cut = audio::Cut {
            index,
            at: presentation.max(0),
            discontinuity,
        };
        let wanted = self.settings.part_duration;
        if running.inits.video.is_some() {
            let video = running.video.get_or_insert_with(|| {
                TrackWriter::new(
                    Track::Video,
                    VIDEO_TIMESCALE,
                    (self.parts.video, wanted),
                    (FIRST_STEP, LONGEST_STEP),
                )
            });
            let shown_until = video_ticks(until);
            let usual = video.end() + video_ticks(LONGEST_LAST_PICTURE);
            let last = (!discontinuity || shown_until < usual).then_some(shown_until);
            video.cut(Some(index), last, events);
            self.parts.video = video.part_target();
        }
        if running.audio_restarts
            && let Some((_, TrackConfig::Audio(config))) = &running.inits.audio
        {
            let mut floor = 0;
            if let Some(mut old) = running.audio.take() {
                old.finish(events);
                floor = old.end();
            }
            let frame = u64::from(config.usual_frame()) * 1_000_000 / u64::from(config.sample_rate().max(1));
            let part = *self
                .parts
                .audio
                .get_or_insert_with(|| parts::part_target(frame, wanted));
            running.audio = Some(AudioTrack::new(config.clone(), part, floor, cut));
        } else if let Some(audio) = &mut running.audio {
            audio.announce(cut, events);
        }
        if discontinuity {
            running.parameter_sets_due = true;
            running.video_restarts = false;
            running.audio_restarts = false;
        }
    }
}

impl Running {
    /// Takes over the newest configurations of the tracks that begin anew.
    fn configure(&mut self, input: &Input, events: &mut Vec<Event>) {
        if self.video_restarts
            && let Some(config) = &input.video
        {
            self.announce(Track::Video, TrackConfig::Video(config.clone()), events);
        }
        if self.audio_restarts
            && let Some(config) = &input.audio
        {
            self.announce(Track::Audio, TrackConfig::Audio(config.clone()), events);
        }
    }

    fn announce(&mut self, track: Track, config: TrackConfig, events: &mut Vec<Event>) {
        let slot = self.inits.of_mut(track);
        let index = match slot {
            Some((_, used)) if *used == config => return,
            Some((index, _)) => *index + 1,
            None => 0,
        };
        events.push(Event::Init {
            track,
            init: Init::new(index, &config),
        });
        *slot = Some((index, config));
    }
}

fn video_ticks(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds.saturating_mul(VIDEO_TICKS)).unwrap_or(0)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
