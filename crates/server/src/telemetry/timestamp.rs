//! The time of a line: RFC 3339 in UTC, to the microsecond. A thread writes the same second for all lines of it.

use std::cell::RefCell;
use std::fmt::{self, Write};
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;

thread_local! {
    /// The second that was written last, by its number and as text.
    static SECOND: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) };
}

/// Writes what time it is.
pub(super) fn write(to: &mut impl Write) -> fmt::Result {
    // A clock before 1970 tells 1970.
    write_at(to, SystemTime::UNIX_EPOCH.elapsed().unwrap_or(Duration::ZERO))
}

fn write_at(to: &mut impl Write, since_epoch: Duration) -> fmt::Result {
    SECOND.with_borrow_mut(|(second, text)| {
        if text.is_empty() || *second != since_epoch.as_secs() {
            *second = since_epoch.as_secs();
            text.clear();
            let at = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(*second);
            let (year, month, day) = at.to_calendar_date();
            let (hour, minute, second) = at.to_hms();
            let month = u8::from(month);
            write!(
                text,
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}."
            )?;
        }
        to.write_str(text)
    })?;
    write!(to, "{:06}Z", since_epoch.subsec_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_is_written_as_it_is() {
        let mut text = String::new();
        for micros in [
            0,
            1_700_000_000_000_001,
            1_700_000_000_999_999,
            1_700_000_001_020_000,
        ] {
            write_at(&mut text, Duration::from_micros(micros)).unwrap();
            text.push('\n');
        }
        assert_eq!(
            text,
            "1970-01-01T00:00:00.000000Z\n2023-11-14T22:13:20.000001Z\n\
             2023-11-14T22:13:20.999999Z\n2023-11-14T22:13:21.020000Z\n"
        );
    }
}
