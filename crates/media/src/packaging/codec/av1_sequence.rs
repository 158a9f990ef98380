//! The AV1 sequence header (AV1 bitstream, 5.5): size, rate and colours of the picture.

use super::bits::BitReader;
use super::{ConfigError, Picture};

/// What a sequence header says, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sequence {
    pub(super) picture: Picture,
    pub(super) colour: Colour,
    /// Every frame is a shown key frame, and has a header without the fields that would say so.
    still_picture: bool,
}

/// Code points of ISO/IEC 23091-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    pub(super) matrix: u8,
    pub(super) full_range: bool,
}

impl Colour {
    /// What an encoder that says nothing means.
    const UNSPECIFIED: Self = Self {
        primaries: 2,
        transfer: 2,
        matrix: 2,
        full_range: false,
    };

    /// The colours; BT.709 for those that are unspecified, as players take them.
    pub(super) const fn known(self) -> Self {
        const fn or_bt709(code: u8) -> u8 {
            if code == 2 { 1 } else { code }
        }
        Self {
            primaries: or_bt709(self.primaries),
            transfer: or_bt709(self.transfer),
            matrix: or_bt709(self.matrix),
            full_range: self.full_range,
        }
    }
}

impl Sequence {
    /// Reads the payload of a sequence header OBU.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, ConfigError> {
        let mut bits = BitReader::new(payload);
        let profile = bits.byte(3)?;
        bits.flag()?;
        let still_picture = bits.flag()?;
        let mut frame_rate = None;
        if still_picture {
            bits.skip(5)?;
        } else {
            frame_rate = timing_and_points(&mut bits)?;
        }
        let width_bits = u32::from(bits.byte(4)?) + 1;
        let height_bits = u32::from(bits.byte(4)?) + 1;
        let width = side(bits.number(width_bits)?)?;
        let height = side(bits.number(height_bits)?)?;
        tools(&mut bits, still_picture)?;
        Ok(Self {
            picture: Picture {
                width,
                height,
                frame_rate,
            },
            colour: colour(&mut bits, profile)?,
            still_picture,
        })
    }

    /// Whether a frame header begins a key frame that is shown at once (5.9.2).
    pub(super) fn is_shown_key_frame(&self, header: &[u8]) -> bool {
        // show_existing_frame, frame_type (0 is a key frame), show_frame.
        self.still_picture || header.first().is_some_and(|byte| byte >> 4 == 0b0001)
    }
}

/// A side of the picture from its code, which is one less.
fn side(code: u32) -> Result<u16, ConfigError> {
    code.checked_add(1)
        .and_then(|side| u16::try_from(side).ok())
        .ok_or(ConfigError::OutOfRange("the size of the picture"))
}

/// From `timing_info_present_flag` through the operating points; answers the frame rate.
fn timing_and_points(bits: &mut BitReader<'_>) -> Result<Option<u32>, ConfigError> {
    let mut frame_rate = None;
    let mut delay_bits = None;
    if bits.flag()? {
        let units = u64::from(bits.number(32)?);
        let scale = u64::from(bits.number(32)?);
        // `uvlc` (4.10.3), which is `ue(v)` but for its largest value. Without it, the rate is not constant.
        let ticks = if bits.flag()? {
            u64::from(bits.exp_golomb()?) + 1
        } else {
            0
        };
        frame_rate = Picture::rate(scale, units.saturating_mul(ticks));
        if bits.flag()? {
            delay_bits = Some(u32::from(bits.byte(5)?) + 1);
            bits.skip(32 + 5 + 5)?;
        }
    }
    let initial_display_delay = bits.flag()?;
    for _ in 0..=bits.byte(5)? {
        bits.skip(12)?;
        if bits.byte(5)? > 7 {
            bits.flag()?;
        }
        if let Some(width) = delay_bits
            && bits.flag()?
        {
            bits.skip(width * 2 + 1)?;
        }
        if initial_display_delay && bits.flag()? {
            bits.skip(4)?;
        }
    }
    Ok(frame_rate)
}

/// From `frame_id_numbers_present_flag` to `color_config`.
fn tools(bits: &mut BitReader<'_>, still_picture: bool) -> Result<(), ConfigError> {
    if !still_picture && bits.flag()? {
        bits.skip(4 + 3)?;
    }
    bits.skip(3)?;
    if !still_picture {
        bits.skip(4)?;
        let order_hint = bits.flag()?;
        if order_hint {
            bits.skip(2)?;
        }
        let chooses_screen_content = bits.flag()?;
        let may_have_screen_content = chooses_screen_content || bits.flag()?;
        if may_have_screen_content && !bits.flag()? {
            bits.flag()?;
        }
        if order_hint {
            bits.skip(3)?;
        }
    }
    bits.skip(3)
}

/// `color_config` (5.5.2), as far as the matrix and the range.
fn colour(bits: &mut BitReader<'_>, profile: u8) -> Result<Colour, ConfigError> {
    let high_depth = bits.flag()?;
    if profile == 2 && high_depth {
        bits.flag()?;
    }
    let monochrome = profile != 1 && bits.flag()?;
    let mut colour = Colour::UNSPECIFIED;
    if bits.flag()? {
        colour.primaries = bits.byte(8)?;
        colour.transfer = bits.byte(8)?;
        colour.matrix = bits.byte(8)?;
    }
    let is_srgb = (colour.primaries, colour.transfer, colour.matrix) == (1, 13, 0);
    colour.full_range = (is_srgb && !monochrome) || bits.flag()?;
    Ok(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_colours_are_read() {
        // libaom, 320x180, colours unspecified.
        let sequence =
            Sequence::parse(&[0x00, 0x00, 0x00, 0x04, 0x3c, 0xfe, 0xcc, 0xda, 0xf9, 0x00, 0x40]).unwrap();
        assert_eq!((sequence.picture.width, sequence.picture.height), (320, 180));
        assert_eq!(sequence.colour, Colour::UNSPECIFIED);
    }

    #[test]
    fn header_cut_before_its_colours_is_refused() {
        let whole = [0x00, 0x00, 0x00, 0x04, 0x3c, 0xfe, 0xcc, 0xda, 0xf9];
        for length in 0..whole.len() {
            assert_eq!(
                Sequence::parse(&whole[..length]),
                Err(ConfigError::Truncated),
                "{length} bytes"
            );
        }
    }
}
