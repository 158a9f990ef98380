//! The H.264 sequence parameter set (ISO/IEC 14496-10, 7.3.2.1.1): size and rate of the picture.

use super::bits::BitReader;
use super::nal::without_emulation_prevention;
use super::{ConfigError, Picture};

/// The largest side of a picture, in luma samples: level 6.2 allows 16,880 in one direction.
const MAX_SIDE: u32 = 16_384;

/// Reads a set as a NAL unit, its header included.
pub(super) fn parse(nal: &[u8]) -> Result<Picture, ConfigError> {
    let (header, payload) = nal.split_first().ok_or(ConfigError::NoParameterSet)?;
    if header & 0x1f != 7 {
        return Err(ConfigError::NoParameterSet);
    }
    let payload = without_emulation_prevention(payload);
    let mut bits = BitReader::new(&payload);
    let profile = bits.byte(8)?;
    bits.skip(16)?;
    bits.exp_golomb()?;
    let mut chroma_format = 1;
    if matches!(
        profile,
        44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244
    ) {
        chroma_format = chroma_and_scaling(&mut bits)?;
    }
    frame_numbers(&mut bits)?;
    let width_in_macroblocks = side(bits.exp_golomb()?)?;
    let height_in_map_units = side(bits.exp_golomb()?)?;
    let frames_only = bits.flag()?;
    if !frames_only {
        bits.flag()?;
    }
    bits.flag()?;
    let mut crop = [0; 4];
    if bits.flag()? {
        for edge in &mut crop {
            *edge = bits.exp_golomb()?;
        }
    }
    let [left, right, top, bottom] = crop;
    let field_factor = if frames_only { 1 } else { 2 };
    let (unit_x, unit_y) = match chroma_format {
        1 => (2, 2 * field_factor),
        2 => (2, field_factor),
        _ => (1, field_factor),
    };
    Ok(Picture {
        width: cropped(width_in_macroblocks * 16, left, right, unit_x)?,
        height: cropped(height_in_map_units * 16 * field_factor, top, bottom, unit_y)?,
        // A set whose end is missing still says what was read until here.
        frame_rate: frame_rate(&mut bits).ok().flatten(),
    })
}

/// A number of macroblocks from its code, which is one less.
fn side(code: u32) -> Result<u32, ConfigError> {
    if code < MAX_SIDE / 16 {
        Ok(code + 1)
    } else {
        Err(ConfigError::OutOfRange("the size of the picture"))
    }
}

fn cropped(side: u32, before: u32, after: u32, unit: u32) -> Result<u16, ConfigError> {
    before
        .checked_add(after)
        .and_then(|units| units.checked_mul(unit))
        .and_then(|crop| side.checked_sub(crop))
        .filter(|rest| *rest > 0)
        .and_then(|rest| u16::try_from(rest).ok())
        .ok_or(ConfigError::OutOfRange("the size of the picture"))
}

/// The fields of the high profiles; answers `ChromaArrayType`.
fn chroma_and_scaling(bits: &mut BitReader<'_>) -> Result<u32, ConfigError> {
    let chroma_format = bits.exp_golomb()?;
    if chroma_format > 3 {
        return Err(ConfigError::OutOfRange("the chroma format"));
    }
    let separate_planes = chroma_format == 3 && bits.flag()?;
    bits.exp_golomb()?;
    bits.exp_golomb()?;
    bits.flag()?;
    if bits.flag()? {
        for list in 0..if chroma_format == 3 { 12 } else { 8 } {
            if bits.flag()? {
                scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Ok(if separate_planes { 0 } else { chroma_format })
}

/// 7.3.2.1.1.1; only its length matters.
fn scaling_list(bits: &mut BitReader<'_>, size: u32) -> Result<(), ConfigError> {
    let mut last = 8;
    for _ in 0..size {
        let next = (last + bits.signed_exp_golomb()?).rem_euclid(256);
        if next == 0 {
            break;
        }
        last = next;
    }
    Ok(())
}

fn frame_numbers(bits: &mut BitReader<'_>) -> Result<(), ConfigError> {
    bits.exp_golomb()?;
    match bits.exp_golomb()? {
        0 => {
            bits.exp_golomb()?;
        }
        1 => {
            bits.flag()?;
            bits.signed_exp_golomb()?;
            bits.signed_exp_golomb()?;
            let cycle = bits.exp_golomb()?;
            if cycle > 255 {
                return Err(ConfigError::OutOfRange("the picture order cycle"));
            }
            for _ in 0..cycle {
                bits.signed_exp_golomb()?;
            }
        }
        _ => {}
    }
    bits.exp_golomb()?;
    bits.flag()?;
    Ok(())
}

/// The timing in the video usability information (annex E.1.1), which is the last thing looked at.
fn frame_rate(bits: &mut BitReader<'_>) -> Result<Option<u32>, ConfigError> {
    if !bits.flag()? {
        return Ok(None);
    }
    if bits.flag()? && bits.byte(8)? == 255 {
        bits.skip(32)?;
    }
    if bits.flag()? {
        bits.flag()?;
    }
    if bits.flag()? {
        bits.skip(4)?;
        if bits.flag()? {
            bits.skip(24)?;
        }
    }
    if bits.flag()? {
        bits.exp_golomb()?;
        bits.exp_golomb()?;
    }
    if !bits.flag()? {
        return Ok(None);
    }
    let units = u64::from(bits.number(32)?);
    let scale = u64::from(bits.number(32)?);
    // A tick is a field: two make a frame.
    Ok(Picture::rate(scale, units * 2))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// x264, High profile, level 3.0, 640x360 (cropped from 368), 30 frames a second.
    pub(crate) const SPS_640X360: &[u8] = &[
        0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0, 0x2f, 0xf9, 0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01,
        0x00, 0x00, 0x03, 0x00, 0x3c, 0x0f, 0x16, 0x2d, 0x96,
    ];

    #[test]
    fn size_is_after_cropping_and_rate_is_in_frames() {
        let sps = parse(SPS_640X360).unwrap();
        assert_eq!((sps.width, sps.height), (640, 360));
        assert_eq!(sps.frame_rate, Some(30_000));
    }

    #[test]
    fn other_nal_units_are_refused() {
        assert_eq!(parse(&[0x68, 1, 2]), Err(ConfigError::NoParameterSet));
        assert_eq!(parse(&[]), Err(ConfigError::NoParameterSet));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(nal in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&nal);
        }

        #[test]
        fn no_changed_byte_panics(at in 1..SPS_640X360.len(), byte: u8) {
            let mut nal = SPS_640X360.to_vec();
            nal[at] = byte;
            let _ = parse(&nal);
        }
    }
}
