//! NAL units behind their lengths, as MP4 and FLV have them, and what is escaped in them.

use bytes::{BufMut, BytesMut};

/// Calls `each` with every NAL unit of `unit`; none if the lengths don't add up.
pub(super) fn each<'a>(mut unit: &'a [u8], length_size: usize, mut each: impl FnMut(&'a [u8])) -> Option<()> {
    while !unit.is_empty() {
        let (length, rest) = unit.split_at_checked(length_size)?;
        let length = length
            .iter()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let (nal, rest) = rest.split_at_checked(length)?;
        unit = rest;
        each(nal);
    }
    Some(())
}

/// Writes `nal` behind its length; none if the length doesn't fit.
pub(super) fn write(nal: &[u8], length_size: usize, to: &mut BytesMut) -> Option<()> {
    let length = u16::try_from(nal.len()).ok()?;
    if length_size == 1 {
        to.put_u8(u8::try_from(length).ok()?);
    } else {
        to.put_uint(u64::from(length), length_size);
    }
    to.extend_from_slice(nal);
    Some(())
}

/// Takes out the bytes that keep start codes out of a NAL unit (ISO/IEC 14496-10 and 23008-2, 7.4.1).
pub(super) fn without_emulation_prevention(payload: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(payload.len());
    let mut zeros = 0;
    for byte in payload {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        raw.push(*byte);
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_written_as_they_are_read() {
        for length_size in [1, 2, 4] {
            let mut unit = BytesMut::new();
            for nal in [b"first".as_slice(), b"", b"third"] {
                write(nal, length_size, &mut unit).unwrap();
            }
            let mut seen = Vec::new();
            assert_eq!(each(&unit, length_size, |nal| seen.push(nal)), Some(()));
            assert_eq!(seen, [b"first".as_slice(), b"", b"third"]);
            assert_eq!(each(&unit[..unit.len() - 1], length_size, |_| {}), None);
        }
        assert_eq!(write(&[0; 256], 1, &mut BytesMut::new()), None);
    }

    #[test]
    fn only_escapes_are_taken_out() {
        let raw = without_emulation_prevention(&[0, 0, 3, 1, 0, 3, 0, 0, 3, 0, 0, 3]);
        assert_eq!(raw, [0, 0, 1, 0, 3, 0, 0, 0, 0]);
    }
}
