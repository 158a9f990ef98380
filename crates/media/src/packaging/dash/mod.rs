//! DASH manifests (ISO/IEC 23009-1) as text.

mod duration;
mod mpd;
mod timeline;

pub(crate) use mpd::{AdaptationSet, Mpd, Period};
pub(crate) use timeline::Span;

/// The media type of manifests (ISO/IEC 23009-1, Annex C).
pub(crate) const CONTENT_TYPE: &str = "application/dash+xml";

/// The media type of the time that clients set their clocks by.
pub(crate) const TIME_CONTENT_TYPE: &str = "text/plain; charset=utf-8";
