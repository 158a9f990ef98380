//! A publisher's side of a relay: which messages players need first, and when each is to be played.

use std::sync::Arc;
use std::time::Duration;

use super::Relay;
use super::ring::{Headers, Tag};
use crate::flv::{AudioTag, FrameType, TagError, VideoPacket, VideoTag};
use crate::packaging::codec::{AudioConfig, VideoConfig};
use crate::packaging::timeline::Timeline;
use crate::packaging::{IngestError, PackagingSettings, Seen, Track};
use crate::{Media, MediaKind, SessionId, UnixMicros};

/// The name of the message that describes a stream, in AMF0.
const ON_META_DATA: &[u8] = b"\x02\x00\x0aonMetaData";

/// Puts the messages of one session into a relay.
#[derive(Debug)]
pub(in crate::hub) struct Feed {
    session: SessionId,
    timeline: Timeline,
    headers: Arc<Headers>,
    /// What the headers say, as far as it can be read.
    video: Option<VideoConfig>,
    audio: Option<AudioConfig>,
    /// Frames that came and are not relayed.
    dropped: u64,
    opened: UnixMicros,
    /// When the last key frame came; of sound alone, every frame is one.
    key_frame: Option<UnixMicros>,
    /// Milliseconds on the session's timeline of the first frame of sound, and of the latest of all.
    first_sound: Option<i64>,
    latest: i64,
}

/// What a message is to players.
enum Role {
    /// Nothing that they need.
    None,
    Header,
    Configuration,
    Frame {
        track: Track,
        key: bool,
    },
}

impl Feed {
    pub(in crate::hub) fn new(session: SessionId, now: UnixMicros) -> Self {
        Self {
            session,
            timeline: Timeline::default(),
            headers: Arc::default(),
            video: None,
            audio: None,
            dropped: 0,
            opened: now,
            key_frame: None,
            first_sound: None,
            latest: 0,
        }
    }

    /// Relays a message.
    pub(in crate::hub) fn push(
        &mut self,
        media: &Media,
        now: UnixMicros,
        relay: &Relay,
    ) -> Result<Seen, IngestError> {
        let mut seen = Seen::Other;
        if media.payload.is_empty() {
            return Ok(seen);
        }
        let (at, key) = match self.role(media)? {
            Role::None => {
                self.dropped += 1;
                return Ok(seen);
            }
            Role::Header => (self.latest, false),
            Role::Configuration => {
                seen = Seen::Configured;
                (self.latest, false)
            }
            Role::Frame { track, key } => {
                let at = self.timeline.place(track, media.timestamp).at;
                self.latest = self.latest.max(at);
                if track == Track::Audio {
                    self.first_sound.get_or_insert(at);
                }
                seen = Seen::Frame { track, at, key };
                (at, key)
            }
        };
        if key {
            self.key_frame = Some(now);
        }
        relay.push(Tag {
            session: self.session,
            kind: media.kind,
            at,
            arrived: now,
            entry: key.then(|| Arc::clone(&self.headers)),
            payload: media.payload.clone(),
        });
        Ok(seen)
    }

    /// How many frames came that are not relayed: broken ones, and ones before their configuration.
    pub(in crate::hub) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The newest configuration of video, if it can be read.
    pub(in crate::hub) const fn video_config(&self) -> Option<&VideoConfig> {
        self.video.as_ref()
    }

    /// The newest configuration of audio, if it can be read.
    pub(in crate::hub) const fn audio_config(&self) -> Option<&AudioConfig> {
        self.audio.as_ref()
    }

    /// Whether a player that comes now sees something soon: pictures, or sound that has been alone for a while.
    pub(in crate::hub) fn is_playable(&self, settings: &PackagingSettings) -> bool {
        let waited = self.first_sound.map_or(0, |first| self.latest - first);
        self.key_frame.is_some()
            && (self.headers.video.is_some()
                || Duration::from_millis(u64::try_from(waited).unwrap_or(0)) >= settings.track_wait)
    }

    /// Whether key frames still come.
    pub(in crate::hub) fn check(
        &self,
        settings: &PackagingSettings,
        now: UnixMicros,
    ) -> Result<(), IngestError> {
        let limit = settings.key_frame_within;
        let seconds = limit.as_secs();
        if now.since(self.key_frame.unwrap_or(self.opened)) < limit {
            Ok(())
        } else if self.headers.video.is_none() && self.headers.audio.is_none() {
            Err(IngestError::NoMedia { seconds })
        } else {
            Err(IngestError::NoKeyFrame { seconds })
        }
    }

    fn role(&mut self, media: &Media) -> Result<Role, IngestError> {
        let role = match media.kind {
            MediaKind::Video => self.video(media),
            MediaKind::Audio => self.audio(media),
            MediaKind::Data if media.payload.starts_with(ON_META_DATA) => {
                Arc::make_mut(&mut self.headers).metadata = Some(media.payload.clone());
                Ok(Role::Header)
            }
            MediaKind::Data => Ok(Role::Header),
        };
        match role {
            Err(TagError::UnsupportedCodec(codec)) => Err(codec.into()),
            // One that is broken by itself is left out.
            Err(_) => Ok(Role::None),
            Ok(role) => Ok(role),
        }
    }

    fn video(&mut self, media: &Media) -> Result<Role, TagError> {
        let tag = VideoTag::parse(&media.payload)?;
        Ok(match tag.packet {
            VideoPacket::SequenceHeader(codec, record) => {
                Arc::make_mut(&mut self.headers).video = Some(media.payload.clone());
                self.video = VideoConfig::parse(codec, &record).ok();
                Role::Configuration
            }
            VideoPacket::Frame { .. } if self.headers.video.is_some() => Role::Frame {
                track: Track::Video,
                key: tag.frame_type == FrameType::Key,
            },
            VideoPacket::Frame { .. } => Role::None,
            VideoPacket::EndOfSequence | VideoPacket::Other => Role::Header,
        })
    }

    fn audio(&mut self, media: &Media) -> Result<Role, TagError> {
        Ok(match AudioTag::parse(&media.payload)? {
            AudioTag::SequenceHeader(codec, record) => {
                Arc::make_mut(&mut self.headers).audio = Some(media.payload.clone());
                self.audio = AudioConfig::parse(codec, &record).ok();
                Role::Configuration
            }
            AudioTag::Raw(..) if self.headers.audio.is_some() => Role::Frame {
                track: Track::Audio,
                key: self.headers.video.is_none(),
            },
            AudioTag::Raw(..) => Role::None,
            AudioTag::Other => Role::Header,
        })
    }
}
