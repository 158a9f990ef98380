//! What comes out of a segmenter.

use bytes::Bytes;

use crate::UnixMicros;
use crate::packaging::cmaf::{TrackConfig, init_segment};
use crate::packaging::{Track, Tracks};

/// One thing that has come into being. Segments of all tracks that share a number are told apart by `index`, which
/// counts from 0 in a session.
#[derive(Debug)]
pub(crate) enum Event {
    /// A decoder configuration that the next interval's segments are the first to use.
    Init { track: Track, init: Init },
    /// The segments with the next index begin.
    Begin {
        /// When they are to be shown, in milliseconds on the session's timeline.
        at: i64,
        /// Whether they begin behind a discontinuity; the first ones of a session always do.
        discontinuity: bool,
        /// The tracks there are, and the index of each one's init segment.
        inits: Tracks<Option<u32>>,
    },
    /// A part of a segment that goes on after it.
    Part { track: Track, index: u64, part: Part },
    /// A segment is complete, with its last part; without any part it is a gap.
    End {
        track: Track,
        index: u64,
        last: Option<Part>,
    },
}

impl Event {
    /// When the first frame came of a part that there is now, and of which track it is.
    pub(crate) fn received(&self) -> Option<(Track, UnixMicros)> {
        match self {
            Self::Part { track, part, .. }
            | Self::End {
                track,
                last: Some(part),
                ..
            } => Some((*track, part.received?)),
            Self::End { last: None, .. } | Self::Init { .. } | Self::Begin { .. } => None,
        }
    }
}

/// An init segment and what playlists say of it.
#[derive(Debug, Clone)]
pub(crate) struct Init {
    /// Counts from 0 for each track of a session.
    pub(crate) index: u32,
    pub(crate) bytes: Bytes,
    pub(crate) codec: String,
    /// Ticks a second.
    pub(crate) timescale: u32,
    /// Width and height of the picture.
    pub(crate) resolution: Option<(u16, u16)>,
    /// Thousandths of a frame a second, as the encoder declares it.
    pub(crate) frame_rate: Option<u32>,
    /// Channels of sound.
    pub(crate) channels: Option<u8>,
}

impl Init {
    pub(super) fn new(index: u32, config: &TrackConfig) -> Self {
        let (picture, channels) = match config {
            TrackConfig::Video(config) => (Some(config.picture()), None),
            TrackConfig::Audio(config) => (None, Some(config.channels())),
        };
        Self {
            index,
            bytes: init_segment(config),
            codec: config.codec(),
            timescale: config.timescale(),
            resolution: picture.map(|picture| (picture.width, picture.height)),
            frame_rate: picture.and_then(|picture| picture.frame_rate),
            channels,
        }
    }
}

/// A CMAF chunk: made once, shared by every player and every format.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) bytes: Bytes,
    /// Decoding time of its first sample, in the track's timescale.
    pub(crate) decode_time: u64,
    /// In the track's timescale.
    pub(crate) duration: u64,
    /// Whether it begins with a sample that a decoder can start with.
    pub(crate) independent: bool,
    pub(crate) samples: u32,
    /// When the first of them came; not told of the parts of a segment that had to be measured first.
    pub(crate) received: Option<UnixMicros>,
}
