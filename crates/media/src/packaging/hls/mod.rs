//! HLS playlists (RFC 8216bis) as text.

mod date_time;
mod media_playlist;
mod multivariant;

pub(crate) use date_time::DateTime;
pub(crate) use media_playlist::{Entry, EntryPart, MediaPlaylist, PartName, Report, SKIP_UNTIL};
pub(crate) use multivariant::{Multivariant, Picture, Sound};

/// The media type of playlists (RFC 8216bis, 4).
pub(crate) const CONTENT_TYPE: &str = "application/vnd.apple.mpegurl";
