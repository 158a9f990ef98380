//! Why a publishing session can't go on.

use super::codec::ConfigError;
use crate::flv::UnsupportedCodec;

/// Why media can't be packaged any further. The text is for the broadcaster: it is shown as the stream key's error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// A codec that the engine does not package.
    #[error(transparent)]
    UnsupportedCodec(#[from] UnsupportedCodec),
    /// The decoder configuration can't be read.
    #[error("the {codec} configuration sent by the encoder can't be used: {reason}")]
    Configuration {
        /// Such as `H.264` or `Opus`.
        codec: &'static str,
        /// What is wrong with it.
        reason: ConfigError,
    },
    /// No key frame for too long; `seconds` is the limit.
    #[error("no key frame within {seconds} s: set the encoder's key frame interval to 2 s")]
    NoKeyFrame {
        /// The limit in seconds.
        seconds: u64,
    },
    /// Neither audio nor video for too long after the start; `seconds` is the limit.
    #[error("neither audio nor video within {seconds} s")]
    NoMedia {
        /// The limit in seconds.
        seconds: u64,
    },
    /// Timestamps or configurations change faster than players can follow.
    #[error("timestamps jump or the encoder's configuration changes too often")]
    TooManyDiscontinuities,
    /// A segment has grown past the bound.
    #[error("more than {mebibytes} MiB in one segment: lower the bitrate or the key frame interval")]
    SegmentTooLarge {
        /// The bound in MiB.
        mebibytes: usize,
    },
    /// The channel has a newer session.
    #[error("another publisher has taken over")]
    Superseded,
}
