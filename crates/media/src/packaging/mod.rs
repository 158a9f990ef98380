//! From media messages to CMAF parts and segments, and to the playlists that name them.
//!
//! Sans-I/O: a [`Segmenter`](segmenter::Segmenter) takes media messages and a time, and says what came of them; the
//! hub keeps it and hands it out.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

pub(crate) mod cmaf;
pub(crate) mod codec;
pub(crate) mod dash;
mod error;
pub(crate) mod hls;
pub(crate) mod segmenter;
mod settings;
pub(crate) mod timeline;

pub use error::IngestError;
pub use settings::PackagingSettings;

/// The two kinds of track, each of which is a rendition with files of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Track {
    Video,
    Audio,
}

impl Track {
    /// The letter that begins the names of its files.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Video => 'v',
            Self::Audio => 'a',
        }
    }

    /// The name of its playlist.
    pub(crate) const fn playlist(self) -> &'static str {
        match self {
            Self::Video => "video.m3u8",
            Self::Audio => "audio.m3u8",
        }
    }

    /// The other kind.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Video => Self::Audio,
            Self::Audio => Self::Video,
        }
    }

    /// The media type of its init segments, segments and parts.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Video => "video/mp4",
            Self::Audio => "audio/mp4",
        }
    }
}

/// What a message turned out to be, for whoever measures a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Neither of these.
    Other,
    /// A decoder configuration other than the one before.
    Configured,
    /// A frame.
    Frame {
        track: Track,
        /// Milliseconds on the session's timeline.
        at: i64,
        /// Whether a decoder can start here.
        key: bool,
    },
}

/// One value for each kind of track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tracks<T> {
    pub(crate) video: T,
    pub(crate) audio: T,
}

impl<T> Tracks<T> {
    pub(crate) const fn of(&self, track: Track) -> &T {
        match track {
            Track::Video => &self.video,
            Track::Audio => &self.audio,
        }
    }

    pub(crate) const fn of_mut(&mut self, track: Track) -> &mut T {
        match track {
            Track::Video => &mut self.video,
            Track::Audio => &mut self.audio,
        }
    }
}
