//! FLV as RTMP carries it (Adobe FLV 10.1, annex E): tag bodies, and files of them.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

mod file;
mod tag;

pub use file::{FileError, Looped, read_file};
pub use tag::{AudioTag, FrameType, TagError, UnsupportedCodec, VideoPacket, VideoTag};
