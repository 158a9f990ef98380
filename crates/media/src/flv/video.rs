//! The bodies of video tags: what one video message carries, without copying it.

use std::fmt;

use bytes::Bytes;

use super::tag::{Enhanced, TagError, UnsupportedCodec, by_fourcc, byte, named, packet};

/// A video codec that can be packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// H.264, by its number or as `avc1`.
    Avc,
    /// HEVC, as `hvc1`.
    Hevc,
    /// AV1, as `av01`.
    Av1,
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

/// The body of a video tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoTag {
    /// What the encoder says of the frame.
    pub frame_type: FrameType,
    /// What is in it.
    pub packet: VideoPacket,
}

/// What a video tag carries (`AVCVIDEOPACKET`, annex E.4.3.2; E-RTMP v2, "Enhanced Video").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoPacket {
    /// A decoder configuration: an `AVCDecoderConfigurationRecord` or an `HEVCDecoderConfigurationRecord`
    /// (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1), or an `AV1CodecConfigurationRecord` (AV1 in ISOBMFF, 2.3).
    SequenceHeader(VideoCodec, Bytes),
    /// One access unit.
    Frame {
        /// The codec that it is coded with.
        codec: VideoCodec,
        /// Presentation time less decoding time, in milliseconds; 24 bits on the wire, signed.
        composition_time_ms: i32,
        /// NAL units, each behind its length (of the size that the configuration record fixes); OBUs, for AV1.
        data: Bytes,
    },
    /// The sequence is over; what follows begins with a new sequence header.
    EndOfSequence,
    /// A command to the player, metadata, or a track beside the default one: no picture.
    Other,
}

/// Packet types of enhanced video only.
const CODED_FRAMES_X: u8 = 3;
const MULTITRACK: u8 = 6;

impl VideoTag {
    /// Reads the body of a video tag; the packet shares `body`'s memory.
    pub fn parse(body: &Bytes) -> Result<Self, TagError> {
        let first = *body.first().ok_or(TagError::Truncated)?;
        let frame_type = match first >> 4 & 7 {
            2 => FrameType::Inter,
            3 => FrameType::DisposableInter,
            4 => FrameType::GeneratedKey,
            5 => FrameType::Command,
            _ => FrameType::Key,
        };
        let packet = if first & 0x80 == 0 {
            by_number(first & 0x0f, frame_type, body)?
        } else {
            enhanced(first & 0x0f, frame_type, body.slice(1..))?
        };
        Ok(Self { frame_type, packet })
    }
}

fn by_number(codec: u8, frame_type: FrameType, body: &Bytes) -> Result<VideoPacket, TagError> {
    if codec != 7 {
        return Err(unsupported(codec).into());
    }
    if frame_type == FrameType::Command {
        return Ok(VideoPacket::Other);
    }
    let [_, packet_type, high, middle, low] = *body.first_chunk::<5>().ok_or(TagError::Truncated)?;
    let data = body.slice(5..);
    match packet_type {
        0 => Ok(VideoPacket::SequenceHeader(VideoCodec::Avc, data)),
        1 => Ok(VideoPacket::Frame {
            codec: VideoCodec::Avc,
            composition_time_ms: signed_24(high, middle, low),
            data,
        }),
        2 => Ok(VideoPacket::EndOfSequence),
        other => Err(TagError::UnknownPacketType(other)),
    }
}

fn enhanced(packet_type: u8, frame_type: FrameType, rest: Bytes) -> Result<VideoPacket, TagError> {
    if frame_type == FrameType::Command && packet_type != packet::METADATA {
        return Ok(VideoPacket::Other);
    }
    let Some(Enhanced {
        packet_type,
        fourcc,
        mut body,
    }) = Enhanced::read(packet_type, MULTITRACK, rest)?
    else {
        return Ok(VideoPacket::Other);
    };
    let codec = match &fourcc {
        b"avc1" => VideoCodec::Avc,
        b"hvc1" => VideoCodec::Hevc,
        b"av01" => VideoCodec::Av1,
        _ => return Err(by_fourcc(fourcc).into()),
    };
    Ok(match packet_type {
        packet::SEQUENCE_START => VideoPacket::SequenceHeader(codec, body),
        packet::CODED_FRAMES if codec != VideoCodec::Av1 => VideoPacket::Frame {
            codec,
            composition_time_ms: signed_24(byte(&mut body)?, byte(&mut body)?, byte(&mut body)?),
            data: body,
        },
        packet::CODED_FRAMES | CODED_FRAMES_X => VideoPacket::Frame {
            codec,
            composition_time_ms: 0,
            data: body,
        },
        packet::SEQUENCE_END => VideoPacket::EndOfSequence,
        packet::METADATA => VideoPacket::Other,
        other => return Err(TagError::UnknownPacketType(other)),
    })
}

fn signed_24(high: u8, middle: u8, low: u8) -> i32 {
    i32::from_be_bytes([high, middle, low, 0]) >> 8
}

fn unsupported(codec: u8) -> UnsupportedCodec {
    named(match codec {
        2 => "Sorenson H.263",
        3 | 6 => "Screen video",
        4 | 5 => "On2 VP6",
        12 => "HEVC by its number (codec 12)",
        13 => "AV1 by its number (codec 13)",
        _ => {
            return UnsupportedCodec {
                name: format!("video codec {codec}").into(),
            };
        }
    })
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

    fn parse(body: &'static [u8]) -> Result<VideoTag, TagError> {
        VideoTag::parse(&Bytes::from_static(body))
    }

    fn packet(body: &'static [u8]) -> VideoPacket {
        parse(body).unwrap().packet
    }

    fn frame(codec: VideoCodec, composition_time_ms: i32, data: &'static [u8]) -> VideoPacket {
        VideoPacket::Frame {
            codec,
            composition_time_ms,
            data: Bytes::from_static(data),
        }
    }

    #[test]
    fn key_frame_shares_the_body() {
        let body = Bytes::from_static(&[0x17, 1, 0, 0, 80, 9, 8, 7]);
        let tag = VideoTag::parse(&body).unwrap();
        assert_eq!(tag.frame_type, FrameType::Key);
        assert_eq!(tag.packet, frame(VideoCodec::Avc, 80, &[9, 8, 7]));
        let VideoPacket::Frame { data, .. } = tag.packet else {
            unreachable!()
        };
        assert_eq!(data.as_ptr(), body[5..].as_ptr());
    }

    #[test]
    fn composition_time_is_signed() {
        let classic = packet(&[0x27, 1, 0xff, 0xff, 0xd8, 1]);
        assert_eq!(classic, frame(VideoCodec::Avc, -40, &[1]));
        assert_eq!(
            packet(b"\xa1hvc1\xff\xff\xd8\x01"),
            frame(VideoCodec::Hevc, -40, &[1])
        );
    }

    #[test]
    fn sequence_headers_and_ends_are_told_apart() {
        let header = Bytes::from_static(&[1, 100]);
        assert_eq!(
            packet(&[0x17, 0, 0, 0, 0, 1, 100]),
            VideoPacket::SequenceHeader(VideoCodec::Avc, header.clone())
        );
        assert_eq!(
            packet(b"\x90av01\x01\x64"),
            VideoPacket::SequenceHeader(VideoCodec::Av1, header)
        );
        assert_eq!(packet(&[0x17, 2, 0, 0, 0]), VideoPacket::EndOfSequence);
        assert_eq!(packet(b"\x92hvc1"), VideoPacket::EndOfSequence);
    }

    #[test]
    fn commands_and_metadata_are_no_pictures() {
        assert_eq!(packet(&[0x57, 0]), VideoPacket::Other);
        assert_eq!(packet(&[0xd1, 0]), VideoPacket::Other);
        assert_eq!(packet(b"\xd4hvc1\x02\x00\x09colorInfo"), VideoPacket::Other);
    }

    #[test]
    fn only_some_enhanced_frames_carry_a_composition_time() {
        assert_eq!(
            packet(b"\x91avc1\x00\x00\x28\x09"),
            frame(VideoCodec::Avc, 40, &[9])
        );
        assert_eq!(packet(b"\xa3hvc1\x09"), frame(VideoCodec::Hevc, 0, &[9]));
        assert_eq!(packet(b"\x91av01\x12\x00"), frame(VideoCodec::Av1, 0, &[0x12, 0]));
    }

    #[test]
    fn modifiers_are_skipped() {
        // A nanosecond offset of three bytes, then one of 256 bytes' form, then coded frames.
        assert_eq!(
            packet(b"\x97\x02\x00\x00\x01\x07\xff\x00\x01ab\x01av01\x12"),
            frame(VideoCodec::Av1, 0, &[0x12])
        );
        assert_eq!(parse(b"\x97\xff\xff\xff"), Err(TagError::Truncated));
    }

    #[test]
    fn default_track_of_many_is_taken() {
        assert_eq!(
            packet(b"\x96\x01av01\x00\x12"),
            frame(VideoCodec::Av1, 0, &[0x12])
        );
        assert_eq!(packet(b"\x96\x01av01\x01\x12"), VideoPacket::Other);
        assert_eq!(
            packet(b"\x96\x13hvc1\x01\x00\x00\x01\x08\x00\x00\x00\x01\x09"),
            frame(VideoCodec::Hevc, 0, &[9])
        );
        assert_eq!(
            packet(b"\x96\x23vp09\x01\x00\x00\x01\x08hvc1\x00\x00\x00\x01\x09"),
            frame(VideoCodec::Hevc, 0, &[9])
        );
        assert_eq!(
            parse(b"\x96\x13hvc1\x01\xff\xff\xff\x08"),
            Err(TagError::Truncated)
        );
    }

    #[test]
    fn unsupported_codecs_have_names() {
        let name = |body| parse(body).unwrap_err().to_string();
        assert_eq!(name(b"\x90vp09rest"), "VP9 (vp09) is not supported");
        assert_eq!(name(b"\x90\xff!!!"), r#"codec "\xff!!!" is not supported"#);
        assert_eq!(name(&[0x12, 0]), "Sorenson H.263 is not supported");
    }

    #[test]
    fn truncated_bodies_are_refused() {
        for body in [
            b"".as_slice(),
            &[0x17, 1, 0, 0],
            &[0x90, b'h'],
            b"\x91hvc1\x00\x00",
            &[0x96],
        ] {
            assert_eq!(parse(body), Err(TagError::Truncated), "{body:?}");
        }
    }
}
