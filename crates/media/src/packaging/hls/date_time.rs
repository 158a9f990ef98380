//! Dates as `EXT-X-PROGRAM-DATE-TIME` and DASH manifests have them (ISO/IEC 8601, UTC, milliseconds).

use std::fmt;

use crate::UnixMicros;

/// A time whose text form is such as `2026-02-28T23:59:59.040Z`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DateTime(pub(crate) UnixMicros);

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.0.div_euclid(1_000);
        let (days, in_day) = (
            milliseconds.div_euclid(86_400_000),
            milliseconds.rem_euclid(86_400_000),
        );
        let (year, month, day) = civil_date(days);
        let (seconds, fraction) = (in_day / 1_000, in_day % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z"
        )
    }
}

/// Year, month and day of a number of days since 1970-01-01, counting years from March so that the leap day is last.
const fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (1_772_323_199_040_999, "2026-02-28T23:59:59.040Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(DateTime(UnixMicros(micros)).to_string(), text);
        }
    }
}
