//! FLV as RTMP carries it (Adobe FLV 10.1, annex E; enhanced RTMP v1 and v2, Veovera): tag bodies, and files of them.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

mod audio;
mod file;
mod tag;
mod video;
pub(crate) mod writer;

pub use audio::{AudioCodec, AudioTag};
pub use file::{FileError, Looped, read_file};
pub use tag::{TagError, UnsupportedCodec};
pub use video::{FrameType, VideoCodec, VideoPacket, VideoTag};
