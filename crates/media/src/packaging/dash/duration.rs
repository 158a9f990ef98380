//! Durations as `xs:duration` has them.

use std::fmt;

/// Microseconds, whose text form is such as `PT12.04S`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duration(pub(super) u64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PT{}S", Seconds(self.0))
    }
}

/// Microseconds, written as seconds with as many digits as they need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seconds(pub(super) u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if micros == 0 {
            return write!(f, "{seconds}");
        }
        let digits = format!("{micros:06}");
        write!(f, "{seconds}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_wasted() {
        for (micros, text) in [
            (0, "PT0S"),
            (2_000_000, "PT2S"),
            (2_040_000, "PT2.04S"),
            (333_333, "PT0.333333S"),
            (3_600_000_001, "PT3600.000001S"),
        ] {
            assert_eq!(Duration(micros).to_string(), text);
        }
    }
}
