//! The clock of the machine.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use ports::Clock;

/// Tells the machine's time, in whole microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
        };
        Timestamp::from_micros(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_tells_a_time_of_this_century() {
        let year_2020 = Timestamp::from_micros(1_577_836_800_000_000);
        let year_2100 = Timestamp::from_micros(4_102_444_800_000_000);
        let now = SystemClock.now();
        assert!(year_2020 < now && now < year_2100);
    }
}
