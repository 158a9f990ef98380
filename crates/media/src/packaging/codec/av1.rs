//! AV1: the `AV1CodecConfigurationRecord` (AV1 in ISOBMFF, 2.3) and its OBUs (AV1 bitstream, 5.3).

use std::fmt::Write;

use bytes::{Bytes, BytesMut};

use super::av1_sequence::{Colour, Sequence};
use super::{AccessUnit, ConfigError, Picture};

/// The longest configuration accepted; real ones have some tens of bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// OBU types (6.2.2).
const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const FRAME_HEADER: u8 = 3;
const FRAME: u8 = 6;

/// What the container and the playlist need to know of an AV1 stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Av1Config {
    /// The configuration as it came.
    pub(crate) record: Bytes,
    /// `seq_profile` and `seq_level_idx_0`, in their eight bits.
    profile_and_level: u8,
    /// `seq_tier_0`, bit depth and colour flags, in their eight bits.
    flags: u8,
    sequence: Sequence,
    /// The sequence header with what is around it.
    sequence_header: Bytes,
}

impl Av1Config {
    /// Reads a configuration with its sequence header.
    pub(crate) fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        if record.len() > MAX_LENGTH {
            return Err(ConfigError::TooLong);
        }
        let &[marker, profile_and_level, flags, _] = record.first_chunk().ok_or(ConfigError::Truncated)?;
        if marker != 0x81 {
            return Err(ConfigError::OutOfRange("the version"));
        }
        let mut sequence = None;
        let mut at = 4;
        each_obu(record.get(4..).unwrap_or_default(), |obu| {
            let end = at + obu.size;
            // One without a size (which the standard forbids here) could not stand before a frame.
            if obu.kind == SEQUENCE_HEADER && obu.has_size && sequence.is_none() {
                sequence = Some((Sequence::parse(obu.payload), record.slice(at..end)));
            }
            at = end;
        });
        let (sequence, sequence_header) = sequence.ok_or(ConfigError::NoSequenceHeader)?;
        Ok(Self {
            record: record.clone(),
            profile_and_level,
            flags,
            sequence: sequence?,
            sequence_header,
        })
    }

    pub(crate) const fn picture(&self) -> Picture {
        self.sequence.picture
    }

    /// The `CODECS` entry (AV1 in ISOBMFF, 5): with colours, if they are not those that go without saying.
    pub(crate) fn codec(&self) -> String {
        let (profile, level) = (self.profile_and_level >> 5, self.profile_and_level & 0x1f);
        let flag = |bit: u8| self.flags >> bit & 1;
        let tier = if flag(7) == 0 { 'M' } else { 'H' };
        let depth = match (flag(6), flag(5)) {
            (0, _) => 8,
            (_, 1) if profile == 2 => 12,
            _ => 10,
        };
        let mut codec = format!("av01.{profile}.{level:02}{tier}.{depth:02}");
        let (monochrome, x, y) = (flag(4), flag(3), flag(2));
        let position = if (x, y) == (1, 1) { self.flags & 3 } else { 0 };
        let Colour {
            primaries,
            transfer,
            matrix,
            full_range,
        } = self.sequence.colour.known();
        let told = (monochrome, x, y, primaries, transfer, matrix, full_range);
        if told != (0, 1, 1, 1, 1, 1, false) {
            let range = u8::from(full_range);
            // Writing to a string doesn't fail.
            let _ = write!(
                codec,
                ".{monochrome}.{x}{y}{position}.{primaries:02}.{transfer:02}.{matrix:02}.{range}"
            );
        }
        codec
    }

    /// What is in a temporal unit, and the unit as a file has it: without its delimiter, and with a sequence header if
    /// a decoder can start there (AV1 in ISOBMFF, 2.4 and 2.5). None if its sizes don't add up.
    pub(crate) fn inspect(&self, mut unit: Bytes) -> Option<(AccessUnit, Bytes)> {
        let mut picture = AccessUnit::NoPicture;
        let mut has_sequence = false;
        let mut delimiter = 0;
        let mut first = true;
        each_obu(&unit, |obu| {
            match obu.kind {
                TEMPORAL_DELIMITER if first => delimiter = obu.size,
                SEQUENCE_HEADER => has_sequence = true,
                FRAME | FRAME_HEADER if picture != AccessUnit::Key => {
                    picture = if self.sequence.is_shown_key_frame(obu.payload) {
                        AccessUnit::Key
                    } else {
                        AccessUnit::Other
                    };
                }
                _ => {}
            }
            first = false;
        })?;
        let unit = unit.split_off(delimiter);
        if picture != AccessUnit::Key || has_sequence {
            return Some((picture, unit));
        }
        let mut whole = BytesMut::with_capacity(self.sequence_header.len() + unit.len());
        whole.extend_from_slice(&self.sequence_header);
        whole.extend_from_slice(&unit);
        Some((picture, whole.freeze()))
    }
}

struct Obu<'a> {
    kind: u8,
    has_size: bool,
    /// Bytes with the header.
    size: usize,
    payload: &'a [u8],
}

/// Calls `each` with every OBU (5.3); none if the sizes don't add up.
fn each_obu<'a>(mut unit: &'a [u8], mut each: impl FnMut(Obu<'a>)) -> Option<()> {
    while let Some((header, mut rest)) = unit.split_first() {
        if header & 0x80 != 0 {
            return None;
        }
        if header & 0x04 != 0 {
            rest = rest.split_first()?.1;
        }
        let has_size = header & 0x02 != 0;
        let length = if has_size {
            leb128(&mut rest)?
        } else {
            // Then it is the last one.
            rest.len()
        };
        let (payload, behind) = rest.split_at_checked(length)?;
        each(Obu {
            kind: header >> 3 & 0x0f,
            has_size,
            size: unit.len() - behind.len(),
            payload,
        });
        unit = behind;
    }
    Some(())
}

/// 4.10.5.
fn leb128(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0_u64;
    for at in 0..8 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (at * 7);
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// libaom, Main profile, level 2.0, 320x180.
    const RECORD: &[u8] = &[
        0x81, 0x00, 0x0c, 0x00, 0x0a, 0x0b, 0x00, 0x00, 0x00, 0x04, 0x3c, 0xfe, 0xcc, 0xda, 0xf9, 0x00, 0x40,
    ];

    fn config() -> Av1Config {
        Av1Config::parse(&Bytes::from_static(RECORD)).unwrap()
    }

    #[test]
    fn configuration_names_codec_and_picture() {
        let config = config();
        assert_eq!(config.codec(), "av01.0.00M.08");
        assert_eq!((config.picture().width, config.picture().height), (320, 180));
    }

    #[test]
    fn codec_tells_tier_depth_and_unusual_colours() {
        let mut config = config();
        config.profile_and_level = 0x0d;
        config.flags = 0b1100_1101;
        assert_eq!(config.codec(), "av01.0.13H.10");
        config.sequence.colour = Colour {
            primaries: 9,
            transfer: 16,
            matrix: 9,
            full_range: false,
        };
        assert_eq!(config.codec(), "av01.0.13H.10.0.111.09.16.09.0");
    }

    #[test]
    fn configuration_cut_anywhere_is_refused() {
        for length in 0..RECORD.len() - 2 {
            let cut = Bytes::from_static(&RECORD[..length]);
            assert!(Av1Config::parse(&cut).is_err(), "{length} bytes");
        }
        assert_eq!(
            Av1Config::parse(&Bytes::from_static(&RECORD[..4])),
            Err(ConfigError::NoSequenceHeader)
        );
    }

    #[test]
    fn sequence_header_without_a_size_is_refused() {
        let mut record = RECORD.to_vec();
        record.splice(4..6, [0x08]);
        assert_eq!(
            Av1Config::parse(&record.into()),
            Err(ConfigError::NoSequenceHeader)
        );
    }

    #[test]
    fn key_frame_loses_its_delimiter_and_gets_a_sequence_header() {
        let config = config();
        let sequence = &RECORD[4..];
        // Frame OBUs: not an existing frame; key or inter; shown.
        let key = [0x32, 2, 0b0001_0000, 0];
        let inter = [0x32, 2, 0b0011_0000, 0];
        let hidden_key = [0x32, 2, 0b0000_0000, 0];
        let existing = [0x1a, 1, 0b1101_1000];
        let unit = |parts: &[&[u8]]| Bytes::from(parts.concat());
        let delimiter = [0x12, 0].as_slice();
        assert_eq!(
            config.inspect(unit(&[delimiter, &key])),
            Some((AccessUnit::Key, unit(&[sequence, &key])))
        );
        assert_eq!(
            config.inspect(unit(&[delimiter, sequence, &key])),
            Some((AccessUnit::Key, unit(&[sequence, &key])))
        );
        for other in [inter.as_slice(), &hidden_key, &existing] {
            assert_eq!(
                config.inspect(unit(&[delimiter, other])),
                Some((AccessUnit::Other, unit(&[other])))
            );
        }
        assert_eq!(
            config.inspect(unit(&[delimiter])),
            Some((AccessUnit::NoPicture, Bytes::new()))
        );
        assert_eq!(config.inspect(unit(&[&[0x32, 9, 0]])), None);
        assert_eq!(config.inspect(unit(&[&[0x32, 0xff, 0xff]])), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(sequence in proptest::collection::vec(any::<u8>(), 0..40), unit in proptest::collection::vec(any::<u8>(), 0..60)) {
            let length = u8::try_from(sequence.len()).unwrap();
            let record = [&RECORD[..4], &[0x0a, length], &sequence].concat();
            if let Ok(config) = Av1Config::parse(&record.into()) {
                let _ = config.codec();
            }
            let _ = config().inspect(unit.into());
        }
    }
}
