//! A single byte range (RFC 9110, 14.1.2).

/// What a `Range` header asks of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// These bytes, both included.
    Bytes {
        /// The first one.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// None of those that there are.
    Unsatisfiable,
}

impl Range {
    /// What `header` asks of a body of `length` bytes. `None` for several ranges, another unit, and what is not
    /// well-formed: these are answered with all there is, as the standard allows.
    pub(super) fn parse(header: &str, length: u64) -> Option<Self> {
        let (unit, spec) = header.split_once('=')?;
        let (first, last) = spec.trim().split_once('-')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        if first.is_empty() {
            let suffix = number(last)?;
            return Some(Self::between(length.saturating_sub(suffix), length, length));
        }
        let first = number(first)?;
        let end = if last.is_empty() {
            length
        } else {
            let last = number(last)?;
            if last < first {
                return None;
            }
            last.saturating_add(1)
        };
        Some(Self::between(first, end, length))
    }

    fn between(first: u64, end: u64, length: u64) -> Self {
        match end.min(length).checked_sub(1) {
            Some(last) if first <= last => Self::Bytes { first, last },
            _ => Self::Unsatisfiable,
        }
    }
}

/// A number of digits only; one beyond 64 bits is as good as the largest.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Range::{self, Bytes, Unsatisfiable};

    #[test]
    fn ranges_are_cut_to_what_there_is() {
        let parse = |header| Range::parse(header, 10);
        assert_eq!(parse("bytes=0-0"), Some(Bytes { first: 0, last: 0 }));
        assert_eq!(parse("bytes=2-5"), Some(Bytes { first: 2, last: 5 }));
        assert_eq!(parse("bytes=2-"), Some(Bytes { first: 2, last: 9 }));
        assert_eq!(parse("bytes=2-99"), Some(Bytes { first: 2, last: 9 }));
        assert_eq!(parse("bytes=-3"), Some(Bytes { first: 7, last: 9 }));
        assert_eq!(parse("bytes=-99"), Some(Bytes { first: 0, last: 9 }));
        assert_eq!(
            parse("Bytes=0-99999999999999999999"),
            Some(Bytes { first: 0, last: 9 })
        );
    }

    #[test]
    fn a_range_with_nothing_in_it_can_not_be_satisfied() {
        assert_eq!(Range::parse("bytes=10-", 10), Some(Unsatisfiable));
        assert_eq!(Range::parse("bytes=-0", 10), Some(Unsatisfiable));
        assert_eq!(Range::parse("bytes=0-", 0), Some(Unsatisfiable));
    }

    #[test]
    fn what_is_no_single_range_is_ignored() {
        for header in [
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=",
            "bytes=-",
            "0-1",
        ] {
            assert_eq!(Range::parse(header, 10), None, "{header}");
        }
    }
}
