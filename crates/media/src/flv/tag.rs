//! What the bodies of audio and video tags have in common: the reasons not to read one, and the enhanced header.

use std::borrow::Cow;

use bytes::{Buf, Bytes};

/// A codec that can't be packaged, by the name a broadcaster knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is not supported")]
pub struct UnsupportedCodec {
    /// Such as `MP3` or `VP9 (vp09)`.
    pub name: Cow<'static, str>,
}

/// Why a tag's body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// The body ends before its own header does.
    #[error("a media tag is too short")]
    Truncated,
    /// The packet type is none that the codec defines.
    #[error("a media tag has the unknown packet type {0}")]
    UnknownPacketType(u8),
    /// The codec is one that the engine does not package.
    #[error(transparent)]
    UnsupportedCodec(#[from] UnsupportedCodec),
}

/// The packet types that audio and video share (E-RTMP v2, "Enhanced Audio" and "Enhanced Video").
pub(super) mod packet {
    pub(in crate::flv) const SEQUENCE_START: u8 = 0;
    pub(in crate::flv) const CODED_FRAMES: u8 = 1;
    pub(in crate::flv) const SEQUENCE_END: u8 = 2;
    /// Colours and the like, of video.
    pub(in crate::flv) const METADATA: u8 = 4;
    pub(in crate::flv) const MOD_EX: u8 = 7;
}

/// The rest of an enhanced header behind its first byte, and the body of the default track.
#[derive(Debug)]
pub(super) struct Enhanced {
    pub(super) packet_type: u8,
    pub(super) fourcc: [u8; 4],
    pub(super) body: Bytes,
}

impl Enhanced {
    /// Reads on behind the first byte, which named `packet_type`; `multitrack` is the packet type that wraps tracks.
    /// None if the tag carries only tracks other than the default one (whose id is 0), which are not packaged.
    pub(super) fn read(
        mut packet_type: u8,
        multitrack: u8,
        mut rest: Bytes,
    ) -> Result<Option<Self>, TagError> {
        while packet_type == packet::MOD_EX {
            packet_type = skip_modifier(&mut rest)?;
        }
        if packet_type != multitrack {
            let fourcc = fourcc(&mut rest)?;
            return Ok(Some(Self {
                packet_type,
                fourcc,
                body: rest,
            }));
        }
        let head = byte(&mut rest)?;
        let packet_type = head & 0x0f;
        match head >> 4 {
            // One track, without a length.
            0 => {
                let fourcc = fourcc(&mut rest)?;
                let default = byte(&mut rest)? == 0;
                Ok(default.then_some(Self {
                    packet_type,
                    fourcc,
                    body: rest,
                }))
            }
            // Tracks of one codec, or of codecs of their own.
            kind @ (1 | 2) => {
                let shared = if kind == 1 { Some(fourcc(&mut rest)?) } else { None };
                while !rest.is_empty() {
                    let fourcc = match shared {
                        Some(shared) => shared,
                        None => fourcc(&mut rest)?,
                    };
                    let id = byte(&mut rest)?;
                    let [high, middle, low] = [byte(&mut rest)?, byte(&mut rest)?, byte(&mut rest)?];
                    let length = u32::from_be_bytes([0, high, middle, low]);
                    let body = take(&mut rest, usize::try_from(length).unwrap_or(usize::MAX))?;
                    if id == 0 {
                        return Ok(Some(Self {
                            packet_type,
                            fourcc,
                            body,
                        }));
                    }
                }
                Ok(None)
            }
            other => Err(TagError::UnknownPacketType(other)),
        }
    }
}

/// Skips one modifier of a packet; its nanoseconds are finer than anything here. Answers the packet type behind it.
fn skip_modifier(rest: &mut Bytes) -> Result<u8, TagError> {
    let mut size = usize::from(byte(rest)?) + 1;
    if size == 256 {
        size = usize::from(rest.try_get_u16().map_err(|_| TagError::Truncated)?) + 1;
    }
    take(rest, size)?;
    Ok(byte(rest)? & 0x0f)
}

fn fourcc(rest: &mut Bytes) -> Result<[u8; 4], TagError> {
    let fourcc = *rest.first_chunk().ok_or(TagError::Truncated)?;
    rest.advance(4);
    Ok(fourcc)
}

pub(super) fn byte(rest: &mut Bytes) -> Result<u8, TagError> {
    rest.try_get_u8().map_err(|_| TagError::Truncated)
}

fn take(rest: &mut Bytes, length: usize) -> Result<Bytes, TagError> {
    if rest.len() < length {
        return Err(TagError::Truncated);
    }
    Ok(rest.split_to(length))
}

/// Names the codec of an enhanced header that is not packaged.
pub(super) fn by_fourcc(fourcc: [u8; 4]) -> UnsupportedCodec {
    named(match &fourcc {
        b"vvc1" => "VVC (vvc1)",
        b"vp08" => "VP8 (vp08)",
        b"vp09" => "VP9 (vp09)",
        b"ac-3" => "AC-3 (ac-3)",
        b"ec-3" => "E-AC-3 (ec-3)",
        b".mp3" => "MP3 (.mp3)",
        b"fLaC" => "FLAC (fLaC)",
        other => {
            return UnsupportedCodec {
                name: format!("codec \"{}\"", other.escape_ascii()).into(),
            };
        }
    })
}

pub(super) const fn named(name: &'static str) -> UnsupportedCodec {
    UnsupportedCodec {
        name: Cow::Borrowed(name),
    }
}
