//! The decoder configuration of a video track, whatever its codec.

use bytes::Bytes;

use super::av1::Av1Config;
use super::avc::AvcConfig;
use super::hevc::HevcConfig;
use super::{ConfigError, Picture};
use crate::flv::VideoCodec;

/// What the container and the playlist need to know of a video stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VideoConfig {
    Avc(AvcConfig),
    Hevc(HevcConfig),
    Av1(Av1Config),
}

/// What kind of picture an access unit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessUnit {
    /// Parameter sets or messages only.
    NoPicture,
    /// A picture that a decoder can start with.
    Key,
    /// A picture that may need others.
    Other,
}

impl VideoConfig {
    pub(crate) fn parse(codec: VideoCodec, record: &Bytes) -> Result<Self, ConfigError> {
        match codec {
            VideoCodec::Avc => AvcConfig::parse(record).map(Self::Avc),
            VideoCodec::Hevc => HevcConfig::parse(record).map(Self::Hevc),
            VideoCodec::Av1 => Av1Config::parse(record).map(Self::Av1),
        }
    }

    /// The name of a codec for a broadcaster.
    pub(crate) const fn name(codec: VideoCodec) -> &'static str {
        match codec {
            VideoCodec::Avc => "H.264",
            VideoCodec::Hevc => "HEVC",
            VideoCodec::Av1 => "AV1",
        }
    }

    pub(crate) const fn kind(&self) -> VideoCodec {
        match self {
            Self::Avc(_) => VideoCodec::Avc,
            Self::Hevc(_) => VideoCodec::Hevc,
            Self::Av1(_) => VideoCodec::Av1,
        }
    }

    /// The configuration as it came.
    pub(crate) const fn record(&self) -> &Bytes {
        match self {
            Self::Avc(config) => &config.record,
            Self::Hevc(config) => &config.record,
            Self::Av1(config) => &config.record,
        }
    }

    /// The `CODECS` entry (RFC 6381).
    pub(crate) fn codec(&self) -> String {
        match self {
            Self::Avc(config) => config.codec(),
            Self::Hevc(config) => config.codec(),
            Self::Av1(config) => config.codec(),
        }
    }

    pub(crate) const fn picture(&self) -> Picture {
        match self {
            Self::Avc(config) => config.picture,
            Self::Hevc(config) => config.picture,
            Self::Av1(config) => config.picture(),
        }
    }

    /// What is in an access unit, and the unit as a file has it; none if its lengths don't add up.
    pub(crate) fn inspect(&self, unit: Bytes) -> Option<(AccessUnit, Bytes)> {
        match self {
            Self::Avc(config) => Some((config.inspect(&unit)?, unit)),
            Self::Hevc(config) => Some((config.inspect(&unit)?, unit)),
            Self::Av1(config) => config.inspect(unit),
        }
    }

    /// A key `unit` with the parameter sets before it. Players that keep one decoder over a discontinuity, such as
    /// ffmpeg's, take the new ones from there; others have them from the init segment and skip them.
    pub(crate) fn with_parameter_sets(&self, unit: &Bytes) -> Bytes {
        match self {
            Self::Avc(config) => config.with_parameter_sets(unit),
            Self::Hevc(config) => config.with_parameter_sets(unit),
            // Every key frame has its sequence header.
            Self::Av1(_) => unit.clone(),
        }
    }
}
