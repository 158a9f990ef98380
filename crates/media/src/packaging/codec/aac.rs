//! AAC: the `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).

use bytes::Bytes;

use super::ConfigError;
use super::bits::BitReader;

/// The longest configuration accepted; real ones have 2 to 7 bytes, with a program config element some tens.
const MAX_LENGTH: usize = 64;

/// What the container and the playlist need to know of an AAC stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AacConfig {
    /// The configuration as it came.
    pub(crate) record: Bytes,
    /// The object type as it is signalled first: 2 for AAC-LC, 5 for HE-AAC, 29 for HE-AAC v2.
    pub(crate) object_type: u8,
    /// The core's samples a second. Spectral band replication doubles what is heard, not what is counted.
    pub(crate) sample_rate: u32,
    /// Channels of the core.
    pub(crate) channels: u8,
    /// Core samples in a frame: 1024, rarely 960.
    pub(crate) frame_length: u32,
}

impl AacConfig {
    /// Reads a configuration; bytes beyond what is needed are kept and not looked at.
    pub(crate) fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        if record.len() > MAX_LENGTH {
            return Err(ConfigError::TooLong);
        }
        let mut bits = BitReader::new(record);
        let object_type = object_type(&mut bits)?;
        let sample_rate = sample_rate(&mut bits)?;
        let channel_configuration = bits.byte(4)?;
        let mut core = object_type;
        if matches!(object_type, 5 | 29) {
            self::sample_rate(&mut bits)?;
            core = self::object_type(&mut bits)?;
        }
        if !matches!(core, 1..=4) {
            return Err(ConfigError::ObjectType(core));
        }
        // GASpecificConfig, 4.4.1
        let short_frames = bits.flag()?;
        if bits.flag()? {
            bits.skip(14)?;
        }
        bits.flag()?;
        let channels = match channel_configuration {
            0 => program_config_channels(&mut bits)?,
            1..=6 => channel_configuration,
            7 | 12 | 14 => 8,
            11 => 7,
            _ => return Err(ConfigError::OutOfRange("the channel configuration")),
        };
        Ok(Self {
            record: record.clone(),
            object_type,
            sample_rate,
            channels,
            frame_length: if short_frames { 960 } else { 1024 },
        })
    }

    /// The `CODECS` entry (RFC 6381, 3.3).
    pub(crate) fn codec(&self) -> String {
        format!("mp4a.40.{}", self.object_type)
    }
}

fn object_type(bits: &mut BitReader<'_>) -> Result<u8, ConfigError> {
    Ok(match bits.byte(5)? {
        31 => 32 + bits.byte(6)?,
        short => short,
    })
}

fn sample_rate(bits: &mut BitReader<'_>) -> Result<u32, ConfigError> {
    const RATES: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ];
    let index = bits.byte(4)?;
    let rate = if index == 15 {
        bits.number(24)?
    } else {
        RATES.get(usize::from(index)).copied().unwrap_or(0)
    };
    if (1_000..=192_000).contains(&rate) {
        Ok(rate)
    } else {
        Err(ConfigError::OutOfRange("the sample rate"))
    }
}

/// Channels of a `program_config_element` (4.4.1.1).
fn program_config_channels(bits: &mut BitReader<'_>) -> Result<u8, ConfigError> {
    bits.skip(4 + 2 + 4)?;
    let mut pairs_or_singles = 0;
    for _ in 0..3 {
        pairs_or_singles += bits.byte(4)?;
    }
    let low_frequency = bits.byte(2)?;
    bits.skip(3 + 4)?;
    for width in [4, 4, 3] {
        if bits.flag()? {
            bits.skip(width)?;
        }
    }
    let mut channels = low_frequency;
    for _ in 0..pairs_or_singles {
        channels += 1 + u8::from(bits.flag()?);
        bits.skip(4)?;
    }
    bits.align();
    if channels == 0 {
        return Err(ConfigError::OutOfRange("the number of channels"));
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(record: &'static [u8]) -> Result<AacConfig, ConfigError> {
        AacConfig::parse(&Bytes::from_static(record))
    }

    #[test]
    fn low_complexity_stereo_at_48_khz() {
        let config = parse(&[0x11, 0x90]).unwrap();
        assert_eq!(
            (config.sample_rate, config.channels, config.frame_length),
            (48_000, 2, 1024)
        );
        assert_eq!(config.codec(), "mp4a.40.2");
    }

    #[test]
    fn explicit_he_aac_counts_core_samples() {
        // Object type 5, core at 24 kHz, stereo, extension at 48 kHz, core object type 2.
        let config = parse(&[0x2b, 0x11, 0x88, 0x00]).unwrap();
        assert_eq!((config.sample_rate, config.channels), (24_000, 2));
        assert_eq!(config.codec(), "mp4a.40.5");
    }

    #[test]
    fn what_is_not_aac_is_named() {
        // Object type 34 is MPEG-1 layer 3.
        assert_eq!(parse(&[0xf8, 0x46, 0x40, 0x00]), Err(ConfigError::ObjectType(34)));
        assert_eq!(parse(&[0x11]), Err(ConfigError::Truncated));
        assert_eq!(
            parse(&[0x16, 0x90]),
            Err(ConfigError::OutOfRange("the sample rate"))
        );
        assert_eq!(parse(&[0; 65]), Err(ConfigError::TooLong));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(record in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = AacConfig::parse(&record.into());
        }
    }
}
