//! Delivery directives in the query of a playlist's address (RFC 8216bis, 6.2.5).

use ports::media::{Directives, Until};

use crate::error::ApiError;

const MSN: &str = "_HLS_msn";
const PART: &str = "_HLS_part";
const SKIP: &str = "_HLS_skip";

/// The directives of a query; other parameters are the player's own. Each comes once at most, in its one spelling:
/// caches keep answers by address.
///
/// # Errors
/// `INVALID_REQUEST_PARAMETER` for a value that is none, and for a part without its segment.
pub(super) fn parse(query: &str) -> Result<Directives, ApiError> {
    let (mut msn, mut part, mut skip) = (None, None, None);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let slot = match name {
            MSN => &mut msn,
            PART => &mut part,
            SKIP => &mut skip,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(ApiError::parameter(format!("{name} may come once only")));
        }
    }
    let msn = msn.map(|value| number(MSN, value)).transpose()?;
    let part = part.map(|value| number(PART, value)).transpose()?;
    let until = match (msn, part) {
        (Some(msn), part) => Some(Until { msn, part }),
        (None, None) => None,
        (None, Some(_)) => return Err(ApiError::parameter(format!("{PART} needs {MSN}"))),
    };
    let skip = match skip {
        None => false,
        // There are no date ranges here that the second version could leave out as well.
        Some("YES" | "v2") => true,
        Some(_) => return Err(ApiError::parameter(format!("{SKIP} must be YES or v2"))),
    };
    Ok(Directives { until, skip })
}

fn number(name: &str, value: &str) -> Result<u64, ApiError> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| value.parse().ok())
        .flatten()
        .ok_or_else(|| ApiError::parameter(format!("{name} must be a whole number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(msn: u64, part: Option<u64>) -> Until {
        Until { msn, part }
    }

    #[test]
    fn directives_are_found_among_other_parameters() {
        for (query, expected, skip) in [
            ("", None, false),
            ("token=a&x&_HLS_other=1", None, false),
            ("_HLS_msn=17", Some(until(17, None)), false),
            (
                "a=b&_HLS_part=0&_HLS_msn=1700000000",
                Some(until(1_700_000_000, Some(0))),
                false,
            ),
            ("_HLS_skip=YES", None, true),
            ("_HLS_msn=1&_HLS_skip=v2", Some(until(1, None)), true),
        ] {
            let parsed = parse(query).unwrap();
            assert_eq!((parsed.until, parsed.skip), (expected, skip), "{query}");
        }
    }

    #[test]
    fn directives_that_are_none_are_refused() {
        for query in [
            "_HLS_msn=",
            "_HLS_msn=-1",
            "_HLS_msn=+1",
            "_HLS_msn=%31",
            "_HLS_msn=1.5",
            "_HLS_msn=99999999999999999999",
            "_HLS_msn=1&_HLS_msn=1",
            "_HLS_part=1",
            "_HLS_msn=1&_HLS_part=x",
            "_HLS_skip=NO",
            "_HLS_skip=",
        ] {
            assert!(parse(query).is_err(), "{query}");
        }
    }
}
