//! H.264: the `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1) and its NAL units.

use bytes::{Buf, Bytes, BytesMut};

use super::{AccessUnit, ConfigError, Picture, nal, sps};

/// The longest configuration accepted; real ones have some tens of bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// What the container and the playlist need to know of an H.264 stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AvcConfig {
    /// The configuration as it came.
    pub(crate) record: Bytes,
    profile: u8,
    compatibility: u8,
    level: u8,
    length_size: usize,
    /// What the first sequence parameter set says.
    pub(crate) picture: Picture,
}

impl AvcConfig {
    /// Reads a configuration with its first sequence parameter set.
    pub(crate) fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        if record.len() > MAX_LENGTH {
            return Err(ConfigError::TooLong);
        }
        let &[version, profile, compatibility, level, lengths, sets] =
            record.first_chunk::<6>().ok_or(ConfigError::Truncated)?;
        if version != 1 {
            return Err(ConfigError::OutOfRange("the version"));
        }
        let length_size = usize::from(lengths & 3) + 1;
        if length_size == 3 {
            return Err(ConfigError::OutOfRange("the size of NAL unit lengths"));
        }
        if matches!(sets & 0x1f, 0) {
            return Err(ConfigError::NoParameterSet);
        }
        let mut rest = record.slice(6..);
        let length = usize::from(rest.try_get_u16().map_err(|_| ConfigError::Truncated)?);
        let set = rest.get(..length).ok_or(ConfigError::Truncated)?;
        Ok(Self {
            record: record.clone(),
            profile,
            compatibility,
            level,
            length_size,
            picture: sps::parse(set)?,
        })
    }

    /// The `CODECS` entry (RFC 6381, 3.3).
    pub(crate) fn codec(&self) -> String {
        format!(
            "avc1.{:02x}{:02x}{:02x}",
            self.profile, self.compatibility, self.level
        )
    }

    /// `unit` with the parameter sets before it; as it is if the record ends before its sets do.
    pub(crate) fn with_parameter_sets(&self, unit: &Bytes) -> Bytes {
        let mut whole = BytesMut::with_capacity(self.record.len() * 2 + unit.len());
        if self.write_parameter_sets(&mut whole).is_none() {
            return unit.clone();
        }
        whole.extend_from_slice(unit);
        whole.freeze()
    }

    /// Writes each set behind its length; `None` if the record ends before its sets do.
    fn write_parameter_sets(&self, to: &mut BytesMut) -> Option<()> {
        let mut rest = self.record.get(5..)?;
        for count_mask in [0x1f, 0xff] {
            for _ in 0..rest.try_get_u8().ok()? & count_mask {
                let length = rest.try_get_u16().ok()?;
                let (set, behind) = rest.split_at_checked(usize::from(length))?;
                rest = behind;
                nal::write(set, self.length_size, to)?;
            }
        }
        Some(())
    }

    /// What is in an access unit whose NAL units are behind their lengths; `None` if the lengths don't add up.
    pub(crate) fn inspect(&self, unit: &[u8]) -> Option<AccessUnit> {
        let mut picture = AccessUnit::NoPicture;
        nal::each(unit, self.length_size, |nal| {
            // 7.4.1, table 7-1: 5 is a slice of an IDR picture, 1 to 4 are slices of others.
            match nal.first().map(|header| header & 0x1f) {
                Some(5) => picture = AccessUnit::Key,
                Some(1..=4) if picture == AccessUnit::NoPicture => picture = AccessUnit::Other,
                _ => {}
            }
        })?;
        Some(picture)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packaging::codec::sps::tests::SPS_640X360;

    pub(crate) fn record() -> Bytes {
        let mut record = vec![1, 0x64, 0x00, 0x1e, 0xff, 0xe1];
        record.extend(u16::try_from(SPS_640X360.len()).unwrap().to_be_bytes());
        record.extend(SPS_640X360);
        record.extend([1, 0, 4, 0x68, 0xeb, 0xe3, 0xcb]);
        record.into()
    }

    #[test]
    fn configuration_names_codec_and_picture() {
        let config = AvcConfig::parse(&record()).unwrap();
        assert_eq!(config.codec(), "avc1.64001e");
        assert_eq!((config.picture.width, config.picture.height), (640, 360));
    }

    #[test]
    fn configuration_cut_anywhere_before_its_parameter_set_ends_is_refused() {
        let whole = record();
        for length in 0..8 + SPS_640X360.len() {
            assert!(
                AvcConfig::parse(&whole.slice(..length)).is_err(),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn access_units_are_told_apart_by_their_nal_units() {
        let config = AvcConfig::parse(&record()).unwrap();
        let idr = [0, 0, 0, 2, 0x06, 0, 0, 0, 0, 2, 0x65, 0x88];
        assert_eq!(config.inspect(&idr), Some(AccessUnit::Key));
        assert_eq!(config.inspect(&[0, 0, 0, 1, 0x41]), Some(AccessUnit::Other));
        assert_eq!(config.inspect(&[0, 0, 0, 1, 0x09]), Some(AccessUnit::NoPicture));
        assert_eq!(config.inspect(&[0, 0, 0, 9, 0x65]), None);
        assert_eq!(config.inspect(&[]), Some(AccessUnit::NoPicture));
    }

    #[test]
    fn parameter_sets_come_before_a_unit_behind_their_lengths() {
        let config = AvcConfig::parse(&record()).unwrap();
        let unit = Bytes::from_static(&[0, 0, 0, 2, 0x65, 0x88]);
        let whole = config.with_parameter_sets(&unit);
        let length = u8::try_from(SPS_640X360.len()).unwrap();
        let expected = [
            &[0, 0, 0, length],
            SPS_640X360,
            &[0, 0, 0, 4, 0x68, 0xeb, 0xe3, 0xcb],
            &unit,
        ]
        .concat();
        assert_eq!(whole, expected);
        assert_eq!(config.inspect(&whole), Some(AccessUnit::Key));
    }

    #[test]
    fn unit_stays_as_it_is_when_the_record_ends_before_its_sets_do() {
        let record = record();
        let config = AvcConfig::parse(&record.slice(..record.len() - 1)).unwrap();
        let unit = Bytes::from_static(&[0, 0, 0, 1, 0x65]);
        assert_eq!(config.with_parameter_sets(&unit), unit);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(record in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(config) = AvcConfig::parse(&record.into()) {
                let _ = config.with_parameter_sets(&Bytes::new());
            }
        }

        #[test]
        fn no_access_unit_panics(unit in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = AvcConfig::parse(&record()).unwrap().inspect(&unit);
        }
    }
}
