//! The bodies of audio tags: what one audio message carries, without copying it.

use bytes::Bytes;

use super::tag::{Enhanced, TagError, UnsupportedCodec, by_fourcc, named, packet};

/// An audio codec that can be packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudioCodec {
    /// AAC, by its number or as `mp4a`.
    Aac,
    /// Opus, as `Opus`.
    Opus,
}

/// The body of an audio tag (`AACAUDIODATA`, annex E.4.2.2; E-RTMP v2, "Enhanced Audio").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudioTag {
    /// A decoder configuration: an `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1), or the identification header of
    /// Opus (RFC 7845, 5.1).
    SequenceHeader(AudioCodec, Bytes),
    /// One raw AAC frame, without ADTS; or one Opus packet.
    Raw(AudioCodec, Bytes),
    /// The end of a sequence, the meaning of channels, or a track beside the default one: no sound.
    Other,
}

/// The packet type of enhanced audio that says what channels mean.
const MULTICHANNEL_CONFIG: u8 = 4;
const MULTITRACK: u8 = 5;

impl AudioTag {
    /// Reads the body of an audio tag; the frame shares `body`'s memory.
    pub fn parse(body: &Bytes) -> Result<Self, TagError> {
        let first = *body.first().ok_or(TagError::Truncated)?;
        match first >> 4 {
            10 => {}
            9 => return enhanced(first & 0x0f, body.slice(1..)),
            codec => return Err(unsupported(codec).into()),
        }
        let packet_type = *body.get(1).ok_or(TagError::Truncated)?;
        let data = body.slice(2..);
        match packet_type {
            0 => Ok(Self::SequenceHeader(AudioCodec::Aac, data)),
            1 => Ok(Self::Raw(AudioCodec::Aac, data)),
            other => Err(TagError::UnknownPacketType(other)),
        }
    }
}

fn enhanced(packet_type: u8, rest: Bytes) -> Result<AudioTag, TagError> {
    let Some(Enhanced {
        packet_type,
        fourcc,
        body,
    }) = Enhanced::read(packet_type, MULTITRACK, rest)?
    else {
        return Ok(AudioTag::Other);
    };
    let codec = match &fourcc {
        b"mp4a" => AudioCodec::Aac,
        b"Opus" => AudioCodec::Opus,
        _ => return Err(by_fourcc(fourcc).into()),
    };
    match packet_type {
        packet::SEQUENCE_START => Ok(AudioTag::SequenceHeader(codec, body)),
        packet::CODED_FRAMES => Ok(AudioTag::Raw(codec, body)),
        packet::SEQUENCE_END | MULTICHANNEL_CONFIG => Ok(AudioTag::Other),
        other => Err(TagError::UnknownPacketType(other)),
    }
}

fn unsupported(codec: u8) -> UnsupportedCodec {
    named(match codec {
        0 | 3 => "PCM",
        1 => "ADPCM",
        2 | 14 => "MP3",
        4..=6 => "Nellymoser",
        7 | 8 => "G.711",
        11 => "Speex",
        13 => "Opus by its number (codec 13)",
        _ => {
            return UnsupportedCodec {
                name: format!("audio codec {codec}").into(),
            };
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &'static [u8]) -> Result<AudioTag, TagError> {
        AudioTag::parse(&Bytes::from_static(body))
    }

    #[test]
    fn aac_is_read_by_number_and_by_name() {
        let config = AudioTag::SequenceHeader(AudioCodec::Aac, Bytes::from_static(&[0x12, 0x10]));
        assert_eq!(parse(&[0xaf, 0, 0x12, 0x10]), Ok(config.clone()));
        assert_eq!(parse(b"\x90mp4a\x12\x10"), Ok(config));
        let frame = AudioTag::Raw(AudioCodec::Aac, Bytes::from_static(&[5]));
        assert_eq!(parse(&[0xaf, 1, 5]), Ok(frame.clone()));
        assert_eq!(parse(b"\x91mp4a\x05"), Ok(frame));
        assert_eq!(parse(&[0xaf, 7]), Err(TagError::UnknownPacketType(7)));
    }

    #[test]
    fn opus_is_read() {
        assert_eq!(
            parse(b"\x91Opus\xf8\x01"),
            Ok(AudioTag::Raw(AudioCodec::Opus, Bytes::from_static(&[0xf8, 1])))
        );
        assert_eq!(parse(b"\x94Opus\x01\x02"), Ok(AudioTag::Other));
        assert_eq!(parse(b"\x92Opus"), Ok(AudioTag::Other));
        assert_eq!(
            parse(b"\x95\x01Opus\x00\xf8"),
            Ok(AudioTag::Raw(AudioCodec::Opus, Bytes::from_static(&[0xf8])))
        );
    }

    #[test]
    fn unsupported_codecs_have_names() {
        let name = |body| parse(body).unwrap_err().to_string();
        assert_eq!(name(&[0x2f, 0]), "MP3 is not supported");
        assert_eq!(name(b"\x90fLaC"), "FLAC (fLaC) is not supported");
    }

    #[test]
    fn truncated_bodies_are_refused() {
        for body in [b"".as_slice(), &[0xaf], b"\x91Opu", &[0x97, 4, 0]] {
            assert_eq!(parse(body), Err(TagError::Truncated), "{body:?}");
        }
    }
}
