//! The HEVC sequence parameter set (ISO/IEC 23008-2, 7.3.2.2): the size of the picture.

use super::bits::BitReader;
use super::nal::without_emulation_prevention;
use super::{ConfigError, Picture};

/// The largest side of a picture, in luma samples: level 6.2 allows 16,888 in one direction.
const MAX_SIDE: u32 = 16_888;

/// Reads a set as a NAL unit, its header included. Its frame rate stands behind everything else that a set can say, and
/// is measured instead.
pub(super) fn parse(nal: &[u8]) -> Result<Picture, ConfigError> {
    let &[header, _, ref payload @ ..] = nal else {
        return Err(ConfigError::NoParameterSet);
    };
    if header >> 1 & 0x3f != 33 {
        return Err(ConfigError::NoParameterSet);
    }
    let payload = without_emulation_prevention(payload);
    let mut bits = BitReader::new(&payload);
    bits.skip(4)?;
    let sub_layers = bits.byte(3)?;
    bits.flag()?;
    profile_and_levels(&mut bits, sub_layers)?;
    bits.exp_golomb()?;
    let chroma_format = bits.exp_golomb()?;
    if chroma_format > 3 {
        return Err(ConfigError::OutOfRange("the chroma format"));
    }
    if chroma_format == 3 {
        bits.flag()?;
    }
    let (width, height) = (bits.exp_golomb()?, bits.exp_golomb()?);
    let mut crop = [0; 4];
    if bits.flag()? {
        for edge in &mut crop {
            *edge = bits.exp_golomb()?;
        }
    }
    let [left, right, top, bottom] = crop;
    let (unit_x, unit_y) = match chroma_format {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    Ok(Picture {
        width: cropped(width, left, right, unit_x)?,
        height: cropped(height, top, bottom, unit_y)?,
        frame_rate: None,
    })
}

/// `profile_tier_level` (7.3.3), of which only the length matters: the configuration record repeats it.
fn profile_and_levels(bits: &mut BitReader<'_>, sub_layers: u8) -> Result<(), ConfigError> {
    bits.skip(88 + 8)?;
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        present.push((bits.flag()?, bits.flag()?));
    }
    if sub_layers > 0 {
        for _ in sub_layers..8 {
            bits.skip(2)?;
        }
    }
    for (profile, level) in present {
        bits.skip(if profile { 88 } else { 0 } + if level { 8 } else { 0 })?;
    }
    Ok(())
}

fn cropped(side: u32, before: u32, after: u32, unit: u32) -> Result<u16, ConfigError> {
    before
        .checked_add(after)
        .and_then(|units| units.checked_mul(unit))
        .and_then(|crop| side.checked_sub(crop))
        .filter(|rest| *rest > 0 && side <= MAX_SIDE)
        .and_then(|rest| u16::try_from(rest).ok())
        .ok_or(ConfigError::OutOfRange("the size of the picture"))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// x265, Main profile, level 2.0, 320x180 (cropped from 184), 30 frames a second.
    pub(crate) const SPS_320X180: &[u8] = &[
        0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00,
        0x3c, 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x79, 0x65, 0x66, 0x92, 0x4c, 0xaf, 0x01, 0x68, 0x08, 0x00, 0x00,
        0x03, 0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x40,
    ];

    #[test]
    fn size_is_after_cropping() {
        let picture = parse(SPS_320X180).unwrap();
        assert_eq!((picture.width, picture.height), (320, 180));
    }

    #[test]
    fn sub_layers_are_passed_over() {
        // Three sub-layers: the flags of two, six times reserved, a profile and a level, a level; then as above.
        let mut raw = without_emulation_prevention(&SPS_320X180[2..]);
        raw[0] = raw[0] & 0xf1 | 2 << 1;
        let general_end = 1 + 12;
        let flags = [0b1101_0000, 0];
        let levels = [0x11; 11 + 1 + 1];
        raw.splice(general_end..general_end, flags.into_iter().chain(levels));
        let nal = [&[0x42, 1], raw.as_slice()].concat();
        let picture = parse(&nal).unwrap();
        assert_eq!((picture.width, picture.height), (320, 180));
    }

    #[test]
    fn other_nal_units_are_refused() {
        assert_eq!(parse(&[0x44, 1, 2]), Err(ConfigError::NoParameterSet));
        assert_eq!(parse(&[0x42]), Err(ConfigError::NoParameterSet));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(nal in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&[&[0x42, 1], nal.as_slice()].concat());
        }

        #[test]
        fn no_changed_byte_panics(at in 2..SPS_320X180.len(), byte: u8) {
            let mut nal = SPS_320X180.to_vec();
            nal[at] = byte;
            let _ = parse(&nal);
        }
    }
}
