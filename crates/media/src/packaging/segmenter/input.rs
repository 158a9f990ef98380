//! From media messages to frames on the timeline, and to the decoder configurations in force.

use bytes::Bytes;

use crate::flv::{AudioCodec, AudioTag, TagError, VideoCodec, VideoPacket, VideoTag};
use crate::packaging::codec::opus::OpusConfig;
use crate::packaging::codec::{AccessUnit, AudioConfig, VideoConfig};
use crate::packaging::timeline::Timeline;
use crate::packaging::{IngestError, Track};
use crate::{Media, MediaKind, UnixMicros};

/// One access unit, placed on the session's timeline.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) track: Track,
    /// Decoding time in milliseconds on the session's timeline.
    pub(super) at: i64,
    /// Whether the track's clock jumped just before.
    pub(super) jumped: bool,
    /// Presentation time less decoding time, in milliseconds.
    pub(super) composition_offset: i32,
    /// Whether a decoder can start here.
    pub(super) key: bool,
    /// When it came.
    pub(super) received: UnixMicros,
    pub(super) data: Bytes,
}

/// What a message was.
#[derive(Debug)]
pub(super) enum Read {
    /// Nothing that is packaged.
    Nothing,
    /// A frame that is broken, or that came before its configuration.
    Broken,
    /// A decoder configuration other than the one before.
    Configured(Track),
    Frame(Frame),
}

/// The configurations in force, and the timeline.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) video: Option<VideoConfig>,
    pub(super) audio: Option<AudioConfig>,
    timeline: Timeline,
}

impl Input {
    /// Reads a message. One that is broken by itself is left out, as is a frame that comes before its configuration.
    pub(super) fn read(&mut self, media: &Media, now: UnixMicros) -> Result<Read, IngestError> {
        if media.payload.is_empty() {
            return Ok(Read::Nothing);
        }
        let read = match media.kind {
            MediaKind::Video => self.video(media, now),
            MediaKind::Audio => self.audio(media, now),
            MediaKind::Data => return Ok(Read::Nothing),
        };
        match read {
            Err(Problem::Tag(TagError::UnsupportedCodec(codec))) => Err(codec.into()),
            Err(Problem::Tag(_)) => Ok(Read::Broken),
            Err(Problem::Config(error)) => Err(error),
            Ok(read) => Ok(read),
        }
    }

    fn video(&mut self, media: &Media, now: UnixMicros) -> Result<Read, Problem> {
        match VideoTag::parse(&media.payload)?.packet {
            VideoPacket::SequenceHeader(codec, record) => self.configure_video(codec, &record),
            VideoPacket::Frame {
                codec,
                composition_time_ms,
                data,
            } => {
                let config = self.video.as_ref().filter(|config| config.kind() == codec);
                let (key, data) = match config.and_then(|config| config.inspect(data)) {
                    Some((AccessUnit::Key, data)) => (true, data),
                    Some((AccessUnit::Other, data)) => (false, data),
                    Some((AccessUnit::NoPicture, _)) => return Ok(Read::Nothing),
                    None => return Ok(Read::Broken),
                };
                let placed = self.timeline.place(Track::Video, media.timestamp);
                Ok(Read::Frame(Frame {
                    track: Track::Video,
                    at: placed.at,
                    jumped: placed.jumped,
                    composition_offset: composition_time_ms,
                    key,
                    received: now,
                    data,
                }))
            }
            VideoPacket::EndOfSequence | VideoPacket::Other => Ok(Read::Nothing),
        }
    }

    /// Takes a configuration, unless it is the one in force. An empty one says that another will follow.
    fn configure_video(&mut self, codec: VideoCodec, record: &Bytes) -> Result<Read, Problem> {
        let same = |config: &VideoConfig| config.kind() == codec && config.record() == record;
        if record.is_empty() || self.video.as_ref().is_some_and(same) {
            return Ok(Read::Nothing);
        }
        let config = VideoConfig::parse(codec, record).map_err(|reason| IngestError::Configuration {
            codec: VideoConfig::name(codec),
            reason,
        })?;
        self.video = Some(config);
        Ok(Read::Configured(Track::Video))
    }

    fn audio(&mut self, media: &Media, now: UnixMicros) -> Result<Read, Problem> {
        match AudioTag::parse(&media.payload)? {
            AudioTag::SequenceHeader(codec, record) => self.configure_audio(codec, &record),
            AudioTag::Raw(codec, data) => {
                let config = self.audio.as_ref().filter(|config| config.kind() == codec);
                if config.and_then(|config| config.frame_length(&data)).is_none() {
                    return Ok(Read::Broken);
                }
                let placed = self.timeline.place(Track::Audio, media.timestamp);
                Ok(Read::Frame(Frame {
                    track: Track::Audio,
                    at: placed.at,
                    jumped: placed.jumped,
                    composition_offset: 0,
                    key: true,
                    received: now,
                    data,
                }))
            }
            AudioTag::Other => Ok(Read::Nothing),
        }
    }

    fn configure_audio(&mut self, codec: AudioCodec, record: &Bytes) -> Result<Read, Problem> {
        let same = |config: &AudioConfig| config.kind() == codec && config.record() == record;
        let comment = codec == AudioCodec::Opus && OpusConfig::is_comment(record);
        if record.is_empty() || comment || self.audio.as_ref().is_some_and(same) {
            return Ok(Read::Nothing);
        }
        let config = AudioConfig::parse(codec, record).map_err(|reason| IngestError::Configuration {
            codec: AudioConfig::name(codec),
            reason,
        })?;
        self.audio = Some(config);
        Ok(Read::Configured(Track::Audio))
    }
}

enum Problem {
    Tag(TagError),
    Config(IngestError),
}

impl From<TagError> for Problem {
    fn from(error: TagError) -> Self {
        Self::Tag(error)
    }
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Self {
        Self::Config(error)
    }
}
