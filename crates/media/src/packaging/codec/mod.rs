//! Decoder configurations: what a track's init segment and its playlist entry are made from.

pub(crate) mod aac;
mod audio;
pub(crate) mod av1;
mod av1_sequence;
pub(crate) mod avc;
mod bits;
pub(crate) mod hevc;
mod hevc_sps;
mod nal;
pub(crate) mod opus;
mod sps;
mod video;

pub(crate) use audio::AudioConfig;
pub(crate) use video::{AccessUnit, VideoConfig};

/// Why a decoder configuration can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It ends too early.
    #[error("it is cut short")]
    Truncated,
    /// It is longer than any real one.
    #[error("it is too long")]
    TooLong,
    /// A field has a value that the standard forbids or that nothing real uses.
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
    /// An AAC object type that the engine does not package.
    #[error("AAC object type {0} is not supported")]
    ObjectType(u8),
    /// H.264 or HEVC without a sequence parameter set.
    #[error("it has no sequence parameter set")]
    NoParameterSet,
    /// AV1 without a sequence header.
    #[error("it has no sequence header")]
    NoSequenceHeader,
}

/// The size of a picture and how often it changes, as a decoder configuration declares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Width in luma samples, after cropping.
    pub(crate) width: u16,
    /// Height in luma samples, after cropping.
    pub(crate) height: u16,
    /// Thousandths of a frame a second, if they are declared.
    pub(crate) frame_rate: Option<u32>,
}

impl Picture {
    /// A rate from a clock of `scale` ticks a second and `units` of them in a frame, if it is one of a real stream.
    fn rate(scale: u64, units: u64) -> Option<u32> {
        let rate = (scale * 1_000).checked_div(units).unwrap_or(0);
        u32::try_from(rate)
            .ok()
            .filter(|rate| (1_000..=300_000).contains(rate))
    }
}
