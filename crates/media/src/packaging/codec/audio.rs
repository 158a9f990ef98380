//! The decoder configuration of an audio track, whatever its codec.

use bytes::Bytes;

use super::ConfigError;
use super::aac::AacConfig;
use super::opus::{self, OpusConfig};
use crate::flv::AudioCodec;

/// What the container and the playlist need to know of an audio stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AudioConfig {
    Aac(AacConfig),
    Opus(OpusConfig),
}

impl AudioConfig {
    pub(crate) fn parse(codec: AudioCodec, record: &Bytes) -> Result<Self, ConfigError> {
        match codec {
            AudioCodec::Aac => AacConfig::parse(record).map(Self::Aac),
            AudioCodec::Opus => OpusConfig::parse(record).map(Self::Opus),
        }
    }

    /// The name of a codec for a broadcaster.
    pub(crate) const fn name(codec: AudioCodec) -> &'static str {
        match codec {
            AudioCodec::Aac => "AAC",
            AudioCodec::Opus => "Opus",
        }
    }

    pub(crate) const fn kind(&self) -> AudioCodec {
        match self {
            Self::Aac(_) => AudioCodec::Aac,
            Self::Opus(_) => AudioCodec::Opus,
        }
    }

    /// The configuration as it came.
    pub(crate) const fn record(&self) -> &Bytes {
        match self {
            Self::Aac(config) => &config.record,
            Self::Opus(config) => &config.record,
        }
    }

    /// The `CODECS` entry (RFC 6381).
    pub(crate) fn codec(&self) -> String {
        match self {
            Self::Aac(config) => config.codec(),
            // Lower case, as browsers know it (Opus in ISOBMFF, 4.3.3, has the name of the sample entry).
            Self::Opus(_) => "opus".to_owned(),
        }
    }

    /// Samples a second, which is also the track's timescale.
    pub(crate) const fn sample_rate(&self) -> u32 {
        match self {
            Self::Aac(config) => config.sample_rate,
            Self::Opus(_) => opus::SAMPLE_RATE,
        }
    }

    pub(crate) const fn channels(&self) -> u8 {
        match self {
            Self::Aac(config) => config.channels,
            Self::Opus(config) => config.channels,
        }
    }

    /// Samples that a decoder makes before those that are meant to be heard, and that an edit list takes out.
    pub(crate) fn pre_skip(&self) -> u16 {
        match self {
            Self::Aac(_) => 0,
            Self::Opus(config) => config.pre_skip,
        }
    }

    /// Samples of the usual frame, for want of a better measure.
    pub(crate) const fn usual_frame(&self) -> u32 {
        match self {
            Self::Aac(config) => config.frame_length,
            Self::Opus(_) => opus::USUAL_FRAME,
        }
    }

    /// Samples in a frame; none if it is broken.
    pub(crate) fn frame_length(&self, frame: &[u8]) -> Option<u32> {
        match self {
            Self::Aac(config) => (!frame.is_empty()).then_some(config.frame_length),
            Self::Opus(_) => opus::packet_duration(frame),
        }
    }
}
