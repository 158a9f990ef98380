//! Times: RFC 3339 in UTC, with as many digits as needed in groups of three, up to microseconds.

use domain::Timestamp;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The first and the last microsecond that four digits of a year can tell.
const YEAR_0: i64 = -62_167_219_200_000_000;
const YEAR_9999: i64 = 253_402_300_799_999_999;

/// A time as it goes out.
#[derive(Clone, Copy)]
pub(crate) struct Time(pub(crate) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(27);
        write(self.0, &mut text);
        serializer.serialize_str(&text)
    }
}

/// Writes a time; one that four digits of a year can't tell as the nearest that they can.
fn write(timestamp: Timestamp, text: &mut String) {
    let micros = timestamp.micros().clamp(YEAR_0, YEAR_9999);
    let seconds = OffsetDateTime::from_unix_timestamp(micros.div_euclid(1_000_000));
    let at = seconds.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    digits(text, at.year().unsigned_abs(), 1000);
    for (mark, number) in [
        ('-', u8::from(at.month())),
        ('-', at.day()),
        ('T', at.hour()),
        (':', at.minute()),
        (':', at.second()),
    ] {
        text.push(mark);
        digits(text, number.into(), 10);
    }
    // Never negative, and always below a million.
    let fraction = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or_default();
    if fraction % 1000 != 0 {
        text.push('.');
        digits(text, fraction, 100_000);
    } else if fraction != 0 {
        text.push('.');
        digits(text, fraction / 1000, 100);
    }
    text.push('Z');
}

/// Writes `number` in decimal, beginning with the digit that counts `unit`.
fn digits(text: &mut String, number: u32, mut unit: u32) {
    while unit > 0 {
        text.push(char::from_digit(number / unit % 10, 10).unwrap_or('0'));
        unit /= 10;
    }
}

/// Reads a time with any offset. Digits beyond the microsecond are cut off.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let micros = i64::try_from(at.unix_timestamp_nanos().div_euclid(1000)).ok()?;
    (YEAR_0..=YEAR_9999)
        .contains(&micros)
        .then(|| Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        let mut out = String::new();
        write(parse(text).unwrap(), &mut out);
        out
    }

    #[test]
    fn a_time_has_digits_in_groups_of_three_as_needed() {
        for text in [
            "2022-10-19T23:59:59.999Z",
            "2022-10-19T06:41:09.865054Z",
            "2022-10-19T06:41:09Z",
            "2022-10-19T06:41:09.000001Z",
            "1969-12-31T23:59:59.100Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "2024-02-29T00:00:00.010Z",
        ] {
            assert_eq!(again(text), text);
        }
    }

    #[test]
    fn any_offset_is_taken_and_told_in_utc() {
        assert_eq!(
            again("2022-10-20T08:59:59.9990+09:00"),
            "2022-10-19T23:59:59.999Z"
        );
        assert_eq!(
            again("2022-10-19T23:59:59.1234567Z"),
            "2022-10-19T23:59:59.123456Z"
        );
    }

    #[test]
    fn what_is_no_time_or_no_four_digit_year_is_refused() {
        for text in [
            "",
            "2022-10-19",
            "2022-10-19T23:59:59",
            "2022-13-01T00:00:00Z",
            "0000-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_time_beyond_the_years_is_told_as_the_nearest() {
        let mut text = String::new();
        write(Timestamp::from_micros(i64::MAX), &mut text);
        assert_eq!(text, "9999-12-31T23:59:59.999999Z");
        text.clear();
        write(Timestamp::from_micros(i64::MIN), &mut text);
        assert_eq!(text, "0000-01-01T00:00:00Z");
    }
}
