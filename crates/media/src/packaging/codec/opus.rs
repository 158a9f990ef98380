//! Opus: the identification header (RFC 7845, 5.1) and the duration of packets (RFC 6716, 3.1).

use bytes::Bytes;

use super::ConfigError;

/// Opus always counts 48,000 samples a second.
pub(crate) const SAMPLE_RATE: u32 = 48_000;
/// Samples of 20 ms, which is what encoders put into a packet unless told otherwise.
pub(crate) const USUAL_FRAME: u32 = 960;
/// The longest packet, 120 ms.
const LONGEST_PACKET: u32 = 5_760;

const SIGNATURE: &[u8; 8] = b"OpusHead";
/// The other header packet of Opus, which has nothing that a container needs.
const COMMENT_SIGNATURE: &[u8; 8] = b"OpusTags";
/// The longest pre-skip accepted: a second. Real ones have some milliseconds.
const LONGEST_PRE_SKIP: u16 = 48_000;

/// What the container and the playlist need to know of an Opus stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpusConfig {
    /// The configuration as it came.
    pub(crate) record: Bytes,
    /// Channels that are heard.
    pub(crate) channels: u8,
    /// Samples to take out at the beginning.
    pub(crate) pre_skip: u16,
    /// The sample rate of what was encoded; decoding is at 48 kHz all the same.
    pub(crate) input_sample_rate: u32,
    /// Gain in 1/256 dB.
    pub(crate) output_gain: i16,
    /// The family, and what follows it for families other than 0: streams, coupled streams, channel mapping.
    pub(crate) mapping: Bytes,
}

impl OpusConfig {
    /// Reads an identification header; bytes beyond it are not looked at.
    pub(crate) fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        let head: &[u8; 19] = record.first_chunk().ok_or(ConfigError::Truncated)?;
        let &[
            ref signature @ ..,
            version,
            channels,
            s0,
            s1,
            r0,
            r1,
            r2,
            r3,
            g0,
            g1,
            family,
        ] = head;
        if signature != SIGNATURE {
            return Err(ConfigError::OutOfRange("the signature"));
        }
        // 5.1: the upper half is for changes that a reader must understand.
        if version & 0xf0 != 0 {
            return Err(ConfigError::OutOfRange("the version"));
        }
        let pre_skip = u16::from_le_bytes([s0, s1]);
        if pre_skip > LONGEST_PRE_SKIP {
            return Err(ConfigError::OutOfRange("the pre-skip"));
        }
        let mapping = match family {
            0 if matches!(channels, 1 | 2) => record.slice(18..19),
            0 => return Err(ConfigError::OutOfRange("the number of channels")),
            _ => mapping(record, channels)?,
        };
        Ok(Self {
            record: record.clone(),
            channels,
            pre_skip,
            input_sample_rate: u32::from_le_bytes([r0, r1, r2, r3]),
            output_gain: i16::from_le_bytes([g0, g1]),
            mapping,
        })
    }

    /// Whether a record is the comment header, which may be sent like a configuration.
    pub(crate) fn is_comment(record: &[u8]) -> bool {
        record.starts_with(COMMENT_SIGNATURE)
    }
}

/// The channel mapping table (5.1.1), with the family before it.
fn mapping(record: &Bytes, channels: u8) -> Result<Bytes, ConfigError> {
    let end = 21 + usize::from(channels);
    let &[streams, coupled, ref map @ ..] = record.get(19..end).ok_or(ConfigError::Truncated)? else {
        return Err(ConfigError::Truncated);
    };
    let decoded = u16::from(streams) + u16::from(coupled);
    if channels == 0 || streams == 0 || coupled > streams || decoded > 255 {
        return Err(ConfigError::OutOfRange("the number of channels"));
    }
    // 255 is silence.
    if map
        .iter()
        .any(|channel| *channel != 255 && u16::from(*channel) >= decoded)
    {
        return Err(ConfigError::OutOfRange("the channel mapping"));
    }
    Ok(record.slice(18..end))
}

/// Samples in a packet, by its first bytes; none if it has none or more than 120 ms.
pub(crate) fn packet_duration(packet: &[u8]) -> Option<u32> {
    let toc = *packet.first()?;
    let config = toc >> 3;
    let frame = match (config, config & 3) {
        // SILK: 10, 20, 40, 60 ms.
        (0..=11, 3) => 2_880,
        (0..=11, length) => 480 << length,
        // Hybrid: 10, 20 ms.
        (12..=15, length) => 480 << (length & 1),
        // CELT: 2.5, 5, 10, 20 ms.
        (_, length) => 120 << length,
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 0x3f),
    };
    Some(frame * frames).filter(|samples| (1..=LONGEST_PACKET).contains(samples))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What libopus writes of a stereo stream.
    pub(crate) const HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00";

    fn parse(record: &[u8]) -> Result<OpusConfig, ConfigError> {
        OpusConfig::parse(&Bytes::copy_from_slice(record))
    }

    #[test]
    fn stereo_is_read() {
        let config = parse(HEAD).unwrap();
        assert_eq!(
            (config.channels, config.pre_skip, config.input_sample_rate),
            (2, 312, 48_000)
        );
        assert_eq!(config.mapping[..], [0]);
    }

    #[test]
    fn surround_keeps_its_mapping() {
        let record = b"OpusHead\x01\x06\x38\x01\x80\xbb\x00\x00\x00\x00\x01\x04\x02\x00\x04\x01\x02\x03\x05";
        let config = parse(record).unwrap();
        assert_eq!(config.channels, 6);
        assert_eq!(config.mapping[..], [1, 4, 2, 0, 4, 1, 2, 3, 5]);
        assert_eq!(parse(&record[..record.len() - 1]), Err(ConfigError::Truncated));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        assert_eq!(parse(&HEAD[..18]), Err(ConfigError::Truncated));
        assert_eq!(
            parse(b"OpusTags\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00"),
            Err(ConfigError::OutOfRange("the signature"))
        );
        let mut many = HEAD.to_vec();
        many[9] = 3;
        assert_eq!(
            parse(&many),
            Err(ConfigError::OutOfRange("the number of channels"))
        );
    }

    #[test]
    fn durations_are_those_of_the_table() {
        // RFC 6716, table 2: the configurations' frame sizes in tenths of a millisecond.
        let frames = [
            100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 100, 200, 25, 50, 100, 200,
            25, 50, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200,
        ];
        for (config, tenths) in (0_u8..).zip(frames) {
            let samples = tenths * 48 / 10;
            assert_eq!(packet_duration(&[config << 3]), Some(samples), "{config}");
            let two = Some(samples * 2).filter(|samples| *samples <= 5_760);
            assert_eq!(packet_duration(&[config << 3 | 1]), two, "{config}");
        }
        assert_eq!(packet_duration(&[0xfb, 6]), Some(5_760));
        assert_eq!(packet_duration(&[0xfb, 7]), None);
        assert_eq!(packet_duration(&[0xfb, 0]), None);
        assert_eq!(packet_duration(&[0xfb]), None);
        assert_eq!(packet_duration(&[]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(record in proptest::collection::vec(any::<u8>(), 0..60), is_head: bool) {
            let record = if is_head { [SIGNATURE.as_slice(), &record].concat() } else { record };
            let _ = parse(&record);
            let _ = packet_duration(&record);
        }
    }
}
