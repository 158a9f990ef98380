//! HEVC: the `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 8.3.3.1) and its NAL units.

use std::fmt::Write;

use bytes::{Buf, Bytes, BytesMut};

use super::{AccessUnit, ConfigError, Picture, hevc_sps, nal};

/// The longest configuration accepted; x265 puts 2.5 kB about itself into one.
const MAX_LENGTH: usize = 16 * 1024;

/// NAL unit types (ISO/IEC 23008-2, table 7-1).
const VPS: u8 = 32;
const SPS: u8 = 33;
const PPS: u8 = 34;

/// What the container and the playlist need to know of an HEVC stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HevcConfig {
    /// The configuration as it came.
    pub(crate) record: Bytes,
    /// `general_profile_space`, `general_tier_flag`, `general_profile_idc`, in their eight bits.
    profile: u8,
    compatibility: u32,
    constraints: [u8; 6],
    level: u8,
    length_size: usize,
    pub(crate) picture: Picture,
}

impl HevcConfig {
    /// Reads a configuration with its first sequence parameter set.
    pub(crate) fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        if record.len() > MAX_LENGTH {
            return Err(ConfigError::TooLong);
        }
        let &[version, profile, c0, c1, c2, c3, ref general @ ..] =
            record.first_chunk::<13>().ok_or(ConfigError::Truncated)?;
        if version != 1 {
            return Err(ConfigError::OutOfRange("the version"));
        }
        let [constraints @ .., level] = *general;
        let length_size = usize::from(record.get(21).ok_or(ConfigError::Truncated)? & 3) + 1;
        if length_size == 3 {
            return Err(ConfigError::OutOfRange("the size of NAL unit lengths"));
        }
        let mut picture = None;
        each_set(record, |kind, set| {
            if kind == SPS && picture.is_none() {
                picture = Some(hevc_sps::parse(set));
            }
        });
        Ok(Self {
            record: record.clone(),
            profile,
            compatibility: u32::from_be_bytes([c0, c1, c2, c3]),
            constraints,
            level,
            length_size,
            picture: picture.ok_or(ConfigError::NoParameterSet)??,
        })
    }

    /// The `CODECS` entry (ISO/IEC 14496-15, annex E.3).
    pub(crate) fn codec(&self) -> String {
        let space = match self.profile >> 6 {
            1 => "A",
            2 => "B",
            3 => "C",
            _ => "",
        };
        let tier = if self.profile & 0x20 == 0 { 'L' } else { 'H' };
        let mut codec = format!(
            "hvc1.{space}{}.{:X}.{tier}{}",
            self.profile & 0x1f,
            self.compatibility.reverse_bits(),
            self.level
        );
        let used = self
            .constraints
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        for byte in self.constraints.iter().take(used) {
            // Writing to a string doesn't fail.
            let _ = write!(codec, ".{byte:X}");
        }
        codec
    }

    /// `unit` with the parameter sets before it; as it is if one doesn't fit its length.
    pub(crate) fn with_parameter_sets(&self, unit: &Bytes) -> Bytes {
        let mut whole = BytesMut::with_capacity(self.record.len() * 2 + unit.len());
        let mut fits = Some(());
        each_set(&self.record, |kind, set| {
            if matches!(kind, VPS | SPS | PPS) && fits.is_some() {
                fits = nal::write(set, self.length_size, &mut whole);
            }
        });
        if fits.is_none() {
            return unit.clone();
        }
        whole.extend_from_slice(unit);
        whole.freeze()
    }

    /// What is in an access unit whose NAL units are behind their lengths; `None` if the lengths don't add up.
    pub(crate) fn inspect(&self, unit: &[u8]) -> Option<AccessUnit> {
        let mut picture = AccessUnit::NoPicture;
        nal::each(unit, self.length_size, |nal| {
            // Table 7-1: 16 to 21 are slices of pictures that a decoder can start with, 0 to 9 those of others.
            match nal.first().map(|header| header >> 1 & 0x3f) {
                Some(16..=21) => picture = AccessUnit::Key,
                Some(0..=9) if picture == AccessUnit::NoPicture => picture = AccessUnit::Other,
                _ => {}
            }
        })?;
        Some(picture)
    }
}

/// Calls `each` with the type of each array and the NAL units in it, until the record ends.
fn each_set<'a>(record: &'a [u8], mut each: impl FnMut(u8, &'a [u8])) -> Option<()> {
    let mut rest = record.get(22..)?;
    for _ in 0..rest.try_get_u8().ok()? {
        let kind = rest.try_get_u8().ok()? & 0x3f;
        for _ in 0..rest.try_get_u16().ok()? {
            let length = rest.try_get_u16().ok()?;
            let (set, behind) = rest.split_at_checked(usize::from(length))?;
            rest = behind;
            each(kind, set);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// x265, Main profile, level 2.0, 320x180 (cropped from 184), 30 frames a second; the record says level 2.0 and
    /// Main, both sets behind it.
    fn record() -> Bytes {
        let mut record = vec![
            0x01, 0x01, 0x60, 0x00, 0x00, 0x00, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3c, 0xf0, 0x00, 0xfc,
            0xfd, 0xf8, 0xf8, 0x00, 0x00, 0x0f, 0x02,
        ];
        record.extend([0x20, 0, 1, 0, 3, 0x40, 1, 0x0c]);
        record.extend([0x21, 0, 1]);
        record.extend(
            u16::try_from(hevc_sps::tests::SPS_320X180.len())
                .unwrap()
                .to_be_bytes(),
        );
        record.extend(hevc_sps::tests::SPS_320X180);
        record.into()
    }

    #[test]
    fn configuration_names_codec_and_picture() {
        let config = HevcConfig::parse(&record()).unwrap();
        assert_eq!(config.codec(), "hvc1.1.6.L60.90");
        assert_eq!((config.picture.width, config.picture.height), (320, 180));
    }

    #[test]
    fn codec_tells_profile_space_tier_and_every_constraint() {
        let mut other = record().to_vec();
        other[1] = 0b0110_0010;
        other[2..6].copy_from_slice(&[0x20, 0, 0, 0]);
        other[6..12].copy_from_slice(&[0xb0, 0, 1, 0, 0, 0]);
        other[12] = 153;
        let config = HevcConfig::parse(&other.into()).unwrap();
        assert_eq!(config.codec(), "hvc1.A2.4.H153.B0.0.1");
    }

    #[test]
    fn configuration_cut_anywhere_is_refused() {
        let whole = record();
        for length in 0..whole.len() {
            assert!(
                HevcConfig::parse(&whole.slice(..length)).is_err(),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn random_access_pictures_are_told_from_others() {
        let config = HevcConfig::parse(&record()).unwrap();
        for (kind, picture) in [
            (0, AccessUnit::Other),
            (1, AccessUnit::Other),
            (9, AccessUnit::Other),
            (16, AccessUnit::Key),
            (19, AccessUnit::Key),
            (20, AccessUnit::Key),
            (21, AccessUnit::Key),
            (32, AccessUnit::NoPicture),
            (39, AccessUnit::NoPicture),
        ] {
            // A message comes first.
            let unit = [0, 0, 0, 2, 39 << 1, 1, 0, 0, 0, 3, kind << 1, 1, 0];
            assert_eq!(config.inspect(&unit), Some(picture), "type {kind}");
        }
        assert_eq!(config.inspect(&[0, 0, 0, 9, 0x26]), None);
    }

    #[test]
    fn parameter_sets_come_before_a_unit_behind_their_lengths() {
        let config = HevcConfig::parse(&record()).unwrap();
        let unit = Bytes::from_static(&[0, 0, 0, 2, 19 << 1, 1]);
        let whole = config.with_parameter_sets(&unit);
        assert!(whole.starts_with(&[0, 0, 0, 3, 0x40, 1, 0x0c, 0, 0, 0]));
        assert!(whole.ends_with(&unit));
        assert_eq!(config.inspect(&whole), Some(AccessUnit::Key));
    }

    proptest! {
        #[test]
        fn no_changed_byte_panics(changes in proptest::collection::vec((0..80_usize, any::<u8>()), 1..4), unit in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut record = record().to_vec();
            for (at, byte) in changes {
                if let Some(slot) = record.get_mut(at) {
                    *slot = byte;
                }
            }
            if let Ok(config) = HevcConfig::parse(&record.into()) {
                let _ = config.codec();
                let _ = config.inspect(&unit);
                let _ = config.with_parameter_sets(&Bytes::new());
            }
        }
    }
}
