//! Reading fields of odd widths from a configuration, most significant bit first.

use super::ConfigError;

/// A reader over bits. Every method fails at the end of the data and never reads beyond it.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0 }
    }

    pub(super) fn flag(&mut self) -> Result<bool, ConfigError> {
        let byte = self.data.get(self.position / 8).ok_or(ConfigError::Truncated)?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Ok(bit == 1)
    }

    /// An unsigned number of `width` bits, at most 32.
    pub(super) fn number(&mut self, width: u32) -> Result<u32, ConfigError> {
        let mut value = 0;
        for _ in 0..width.min(32) {
            value = value << 1 | u32::from(self.flag()?);
        }
        Ok(value)
    }

    /// An unsigned number of `width` bits, at most 8.
    pub(super) fn byte(&mut self, width: u32) -> Result<u8, ConfigError> {
        let mut value = 0;
        for _ in 0..width.min(8) {
            value = value << 1 | u8::from(self.flag()?);
        }
        Ok(value)
    }

    pub(super) fn skip(&mut self, bits: u32) -> Result<(), ConfigError> {
        for _ in 0..bits {
            self.flag()?;
        }
        Ok(())
    }

    /// Goes on at the next whole byte.
    pub(super) const fn align(&mut self) {
        self.position = self.position.next_multiple_of(8);
    }

    /// `ue(v)` of ISO/IEC 14496-10, 9.1.
    pub(super) fn exp_golomb(&mut self) -> Result<u32, ConfigError> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return Err(ConfigError::OutOfRange("an Exp-Golomb number"));
            }
        }
        let rest = self.number(zeros)?;
        Ok((1_u32 << zeros) - 1 + rest)
    }

    /// `se(v)` of ISO/IEC 14496-10, 9.1.1.
    pub(super) fn signed_exp_golomb(&mut self) -> Result<i64, ConfigError> {
        let code = i64::from(self.exp_golomb()?);
        Ok(if code % 2 == 1 { code / 2 + 1 } else { -(code / 2) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_golomb_numbers_are_those_of_the_standard() {
        // 1, 010, 011, 00100, 00101
        let data = [0b1010_0110, 0b0100_0010, 0b1000_0000];
        let mut bits = BitReader::new(&data);
        let codes: Vec<_> = (0..5).map(|_| bits.exp_golomb().unwrap()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4]);
        let mut bits = BitReader::new(&data);
        let codes: Vec<_> = (0..5).map(|_| bits.signed_exp_golomb().unwrap()).collect();
        assert_eq!(codes, [0, 1, -1, 2, -2]);
    }

    #[test]
    fn end_of_data_is_an_error() {
        let mut bits = BitReader::new(&[0xff]);
        assert_eq!(bits.number(8), Ok(255));
        assert_eq!(bits.flag(), Err(ConfigError::Truncated));
        assert_eq!(
            BitReader::new(&[0; 8]).exp_golomb(),
            Err(ConfigError::OutOfRange("an Exp-Golomb number"))
        );
    }
}
