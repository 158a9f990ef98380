//! Decoder configurations: what a track's init segment and its playlist entry are made from.

pub(crate) mod aac;
pub(crate) mod avc;
mod bits;
mod sps;

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
    /// H.264 without a sequence parameter set.
    #[error("it has no sequence parameter set")]
    NoParameterSet,
}
