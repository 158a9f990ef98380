//! Path grants: the right to play below one playback id, carried by the path itself, so that what a playlist names has
//! it too and nobody looks anything up.

use std::fmt;

use domain::Timestamp;

const HOUR_MICROS: i64 = 60 * 60 * 1_000_000;

/// What every grant begins with; no file of a broadcast does.
const PREFIX: &str = "g-";

/// The bytes of a grant's code.
pub const GRANT_CODE_LENGTH: usize = 16;

/// A segment of a path that grants what is below it: `g-{hour}-{code}`, the hour since the Unix epoch at whose
/// beginning it expires in decimal digits, and a code of 32 hexadecimal digits in lower case. Each grant has one
/// spelling, since caches keep answers by address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PathGrant {
    hour: u32,
    code: [u8; GRANT_CODE_LENGTH],
}

impl PathGrant {
    /// A grant that expires at the beginning of that hour.
    pub const fn new(hour: u32, code: [u8; GRANT_CODE_LENGTH]) -> Self {
        Self { hour, code }
    }

    /// Takes a segment of a path as a grant, or `None` when it can't be one.
    pub fn parse(segment: &str) -> Option<Self> {
        let (digits, code) = segment.strip_prefix(PREFIX)?.split_once('-')?;
        let canonical = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
        let hour = canonical.then(|| digits.parse().ok()).flatten()?;
        let digits: &[u8; GRANT_CODE_LENGTH * 2] = code.as_bytes().try_into().ok()?;
        let mut code = [0; GRANT_CODE_LENGTH];
        for (byte, pair) in code.iter_mut().zip(digits.chunks_exact(2)) {
            let &[high, low] = pair else { return None };
            *byte = nibble(high)? << 4 | nibble(low)?;
        }
        Some(Self { hour, code })
    }

    /// Takes the grant off the rest of a path below a playback id, if it begins with one.
    pub fn split(rest: &str) -> (Option<Self>, &str) {
        let granted = rest
            .split_once('/')
            .and_then(|(segment, rest)| Some((Self::parse(segment)?, rest)));
        match granted {
            Some((grant, rest)) => (Some(grant), rest),
            None => (None, rest),
        }
    }

    /// The hour, since the Unix epoch, at whose beginning it expires.
    pub const fn hour(&self) -> u32 {
        self.hour
    }

    /// What proves it.
    pub const fn code(&self) -> &[u8; GRANT_CODE_LENGTH] {
        &self.code
    }

    /// From when on it grants nothing.
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_micros(i64::from(self.hour).saturating_mul(HOUR_MICROS))
    }

    /// The first full hour that is not before `time`.
    pub fn hour_after(time: Timestamp) -> u32 {
        let hour = time
            .micros()
            .saturating_add(HOUR_MICROS - 1)
            .div_euclid(HOUR_MICROS);
        u32::try_from(hour.max(0)).unwrap_or(u32::MAX)
    }
}

impl fmt::Debug for PathGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathGrant({}, …)", self.hour)
    }
}

impl fmt::Display for PathGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}-", self.hour)?;
        self.code.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODE: &str = "000102030405060708090a0b0c0d0eff";

    #[test]
    fn a_grant_is_taken_off_the_path() {
        let (grant, rest) = PathGrant::split("g-497123-000102030405060708090a0b0c0d0eff/video/1.m4s");
        let grant = grant.unwrap();
        assert_eq!((grant.hour(), rest), (497_123, "video/1.m4s"));
        assert_eq!(grant.code()[15], 0xff);
        assert_eq!(grant.expires_at().micros(), 497_123 * HOUR_MICROS);
        assert_eq!(grant.to_string(), format!("g-497123-{CODE}"));
    }

    #[test]
    fn what_is_no_grant_stays_in_the_path() {
        for rest in [
            String::new(),
            "index.m3u8".to_owned(),
            "00000000000000ff/video/1.m4s".to_owned(),
            "g-/x".to_owned(),
            format!("g-1-{CODE}"),
            format!("g--{CODE}/x"),
            format!("g-0-{CODE}/x"),
            format!("g-01-{CODE}/x"),
            format!("g-+1-{CODE}/x"),
            format!("g-4294967296-{CODE}/x"),
            format!("g-{}-{CODE}/x", "9".repeat(10_000)),
            format!("G-1-{CODE}/x"),
            format!("g-1-{}/x", CODE.to_uppercase()),
            format!("g-1-{CODE}0/x"),
            format!("g-1-{}/x", &CODE[1..]),
            format!("g-1-{}가/x", &CODE[3..]),
            format!("/g-1-{CODE}/x"),
        ] {
            assert_eq!(PathGrant::split(&rest), (None, rest.as_str()), "{rest}");
        }
    }

    #[test]
    fn hours_are_rounded_up() {
        let hour = |micros| PathGrant::hour_after(Timestamp::from_micros(micros));
        assert_eq!((hour(0), hour(1), hour(HOUR_MICROS)), (0, 1, 1));
        assert_eq!(hour(HOUR_MICROS + 1), 2);
        assert_eq!((hour(i64::MIN), hour(i64::MAX)), (0, 2_562_047_788));
    }

    proptest! {
        #[test]
        fn a_grant_has_one_spelling(segment in "g-[0-9]{1,11}-[0-9a-f]{32}|\\PC{0,80}") {
            if let Some(grant) = PathGrant::parse(&segment) {
                prop_assert_eq!(grant.to_string(), segment);
            }
        }

        #[test]
        fn every_grant_comes_back_from_its_spelling(hour in 1..=u32::MAX, code: [u8; GRANT_CODE_LENGTH], rest in "\\PC*") {
            let grant = PathGrant::new(hour, code);
            let path = format!("{grant}/{rest}");
            prop_assert_eq!(PathGrant::split(&path), (Some(grant), rest.as_str()));
        }
    }
}
