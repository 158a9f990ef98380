//! The bodies of audio and video tags: what one media message carries, without copying it.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

/// A codec that can't be packaged, by the name a broadcaster knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is not supported")]
pub struct UnsupportedCodec {
    /// Such as `MP3` or `HEVC (hvc1)`.
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

/// What the encoder says of a video frame (annex E.4.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameType {
    /// A frame that a decoder can start with (an IDR picture, for H.264).
    Key,
    /// A frame that needs earlier ones.
    Inter,
    /// A frame that needs others and that none needs (H.263 only, by the standard).
    DisposableInter,
    /// A key frame made by a server.
    GeneratedKey,
    /// No frame at all: a command to the player.
    Command,
}

/// The body of an H.264 video tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoTag {
    /// What the encoder says of the frame.
    pub frame_type: FrameType,
    /// The codec's own bytes.
    pub packet: VideoPacket,
}

/// What an H.264 video tag carries (`AVCVIDEOPACKET`, annex E.4.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoPacket {
    /// An `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1).
    SequenceHeader(Bytes),
    /// One access unit.
    Nalus {
        /// Presentation time less decoding time, in milliseconds; 24 bits on the wire, signed.
        composition_time_ms: i32,
        /// NAL units, each behind its length (of the size that the configuration record fixes).
        data: Bytes,
    },
    /// The sequence is over; what follows begins with a new sequence header.
    EndOfSequence,
    /// A command to the player, which carries no picture.
    Command,
}

impl VideoTag {
    /// Reads the body of a video tag; the packet shares `body`'s memory.
    pub fn parse(body: &Bytes) -> Result<Self, TagError> {
        let first = *body.first().ok_or(TagError::Truncated)?;
        if first & 0x80 != 0 {
            let fourcc = body.get(1..5).ok_or(TagError::Truncated)?;
            return Err(by_fourcc(fourcc).into());
        }
        let frame_type = match first >> 4 {
            2 => FrameType::Inter,
            3 => FrameType::DisposableInter,
            4 => FrameType::GeneratedKey,
            5 => FrameType::Command,
            _ => FrameType::Key,
        };
        match first & 0x0f {
            7 => {}
            codec => return Err(video_by_number(codec).into()),
        }
        if frame_type == FrameType::Command {
            return Ok(Self {
                frame_type,
                packet: VideoPacket::Command,
            });
        }
        let [_, packet_type, high, middle, low] = *body.first_chunk::<5>().ok_or(TagError::Truncated)?;
        let data = body.slice(5..);
        let packet = match packet_type {
            0 => VideoPacket::SequenceHeader(data),
            1 => VideoPacket::Nalus {
                composition_time_ms: signed_24(high, middle, low),
                data,
            },
            2 => VideoPacket::EndOfSequence,
            other => return Err(TagError::UnknownPacketType(other)),
        };
        Ok(Self { frame_type, packet })
    }
}

/// The body of an AAC audio tag (`AACAUDIODATA`, annex E.4.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudioTag {
    /// An `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).
    SequenceHeader(Bytes),
    /// One raw AAC frame, without ADTS.
    Raw(Bytes),
}

impl AudioTag {
    /// Reads the body of an audio tag; the frame shares `body`'s memory.
    pub fn parse(body: &Bytes) -> Result<Self, TagError> {
        let first = *body.first().ok_or(TagError::Truncated)?;
        match first >> 4 {
            10 => {}
            9 => {
                let fourcc = body.get(1..5).ok_or(TagError::Truncated)?;
                return Err(by_fourcc(fourcc).into());
            }
            codec => return Err(audio_by_number(codec).into()),
        }
        let packet_type = *body.get(1).ok_or(TagError::Truncated)?;
        let data = body.slice(2..);
        match packet_type {
            0 => Ok(Self::SequenceHeader(data)),
            1 => Ok(Self::Raw(data)),
            other => Err(TagError::UnknownPacketType(other)),
        }
    }
}

fn signed_24(high: u8, middle: u8, low: u8) -> i32 {
    i32::from_be_bytes([high, middle, low, 0]) >> 8
}

fn video_by_number(codec: u8) -> UnsupportedCodec {
    named(match codec {
        2 => "Sorenson H.263",
        3 | 6 => "Screen video",
        4 | 5 => "On2 VP6",
        12 => "HEVC (codec 12)",
        13 => "AV1 (codec 13)",
        _ => {
            return UnsupportedCodec {
                name: format!("video codec {codec}").into(),
            };
        }
    })
}

fn audio_by_number(codec: u8) -> UnsupportedCodec {
    named(match codec {
        0 | 3 => "PCM",
        1 => "ADPCM",
        2 | 14 => "MP3",
        4..=6 => "Nellymoser",
        7 | 8 => "G.711",
        11 => "Speex",
        13 => "Opus (codec 13)",
        _ => {
            return UnsupportedCodec {
                name: format!("audio codec {codec}").into(),
            };
        }
    })
}

/// Names the codec of an enhanced RTMP header.
fn by_fourcc(fourcc: &[u8]) -> UnsupportedCodec {
    named(match fourcc {
        b"avc1" => "H.264 by FourCC (avc1)",
        b"hvc1" => "HEVC (hvc1)",
        b"vvc1" => "VVC (vvc1)",
        b"av01" => "AV1 (av01)",
        b"vp08" => "VP8 (vp08)",
        b"vp09" => "VP9 (vp09)",
        b"mp4a" => "AAC by FourCC (mp4a)",
        b"Opus" => "Opus (Opus)",
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

const fn named(name: &'static str) -> UnsupportedCodec {
    UnsupportedCodec {
        name: Cow::Borrowed(name),
    }
}

impl fmt::Display for FrameType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key frame",
            Self::Inter => "inter frame",
            Self::DisposableInter => "disposable inter frame",
            Self::GeneratedKey => "generated key frame",
            Self::Command => "command",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(body: &'static [u8]) -> Bytes {
        Bytes::from_static(body)
    }

    #[test]
    fn key_frame_shares_the_body() {
        let body = bytes(&[0x17, 1, 0, 0, 80, 9, 8, 7]);
        let tag = VideoTag::parse(&body).unwrap();
        assert_eq!(tag.frame_type, FrameType::Key);
        let VideoPacket::Nalus {
            composition_time_ms,
            data,
        } = tag.packet
        else {
            panic!("not an access unit: {tag:?}")
        };
        assert_eq!(composition_time_ms, 80);
        assert_eq!(data.as_ptr(), body[5..].as_ptr());
    }

    #[test]
    fn composition_time_is_signed() {
        let tag = VideoTag::parse(&bytes(&[0x27, 1, 0xff, 0xff, 0xd8, 1])).unwrap();
        assert_eq!(
            tag.packet,
            VideoPacket::Nalus {
                composition_time_ms: -40,
                data: bytes(&[1])
            }
        );
    }

    #[test]
    fn sequence_headers_and_ends_are_told_apart() {
        let header = VideoTag::parse(&bytes(&[0x17, 0, 0, 0, 0, 1, 100])).unwrap();
        assert_eq!(header.packet, VideoPacket::SequenceHeader(bytes(&[1, 100])));
        let end = VideoTag::parse(&bytes(&[0x17, 2, 0, 0, 0])).unwrap();
        assert_eq!(end.packet, VideoPacket::EndOfSequence);
        let command = VideoTag::parse(&bytes(&[0x57, 0])).unwrap();
        assert_eq!(command.packet, VideoPacket::Command);
    }

    #[test]
    fn aac_is_read() {
        assert_eq!(
            AudioTag::parse(&bytes(&[0xaf, 0, 0x12, 0x10])),
            Ok(AudioTag::SequenceHeader(bytes(&[0x12, 0x10])))
        );
        assert_eq!(
            AudioTag::parse(&bytes(&[0xaf, 1, 5])),
            Ok(AudioTag::Raw(bytes(&[5])))
        );
        assert_eq!(
            AudioTag::parse(&bytes(&[0xaf, 7])),
            Err(TagError::UnknownPacketType(7))
        );
    }

    #[test]
    fn unsupported_codecs_have_names() {
        let name = |error: TagError| error.to_string();
        assert_eq!(
            name(VideoTag::parse(&bytes(b"\x90hvc1rest")).unwrap_err()),
            "HEVC (hvc1) is not supported"
        );
        assert_eq!(
            name(VideoTag::parse(&bytes(b"\x90\xff!!!")).unwrap_err()),
            r#"codec "\xff!!!" is not supported"#
        );
        assert_eq!(
            name(VideoTag::parse(&bytes(&[0x12, 0])).unwrap_err()),
            "Sorenson H.263 is not supported"
        );
        assert_eq!(
            name(AudioTag::parse(&bytes(&[0x2f, 0])).unwrap_err()),
            "MP3 is not supported"
        );
        assert_eq!(
            name(AudioTag::parse(&bytes(b"\x90Opus")).unwrap_err()),
            "Opus (Opus) is not supported"
        );
    }

    #[test]
    fn truncated_bodies_are_refused() {
        assert_eq!(VideoTag::parse(&bytes(&[])), Err(TagError::Truncated));
        assert_eq!(
            VideoTag::parse(&bytes(&[0x17, 1, 0, 0])),
            Err(TagError::Truncated)
        );
        assert_eq!(VideoTag::parse(&bytes(&[0x90, b'h'])), Err(TagError::Truncated));
        assert_eq!(AudioTag::parse(&bytes(&[])), Err(TagError::Truncated));
        assert_eq!(AudioTag::parse(&bytes(&[0xaf])), Err(TagError::Truncated));
    }
}
