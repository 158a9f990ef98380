//! Delivery directives in the query of a playlist's address (RFC 8216bis, 6.2.5).

use thiserror::Error;

const MSN: &str = "_HLS_msn";
const PART: &str = "_HLS_part";
const SKIP: &str = "_HLS_skip";

/// What a player asks of a media playlist. Other files know no directives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Directives {
    /// Answer when this is there.
    pub until: Option<Until>,
    /// Leave out what the player has long had.
    pub skip: bool,
}

/// What a player waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Until {
    /// The segment's media sequence number.
    pub msn: u64,
    /// The part of it, counted from 0; all of the segment if there is none.
    pub part: Option<u64>,
}

/// Why a query's directives are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DirectiveError {
    /// A directive comes twice.
    #[error("{0} may come once only")]
    Repeated(&'static str),
    /// A number is none, or too large to be one.
    #[error("{0} must be a whole number")]
    NoNumber(&'static str),
    /// `_HLS_part` without `_HLS_msn`.
    #[error("{PART} needs {MSN}")]
    PartAlone,
    /// `_HLS_skip` with a value that is not known.
    #[error("{SKIP} must be YES or v2")]
    Skip,
}

impl Directives {
    /// Reads the directives of a query; other parameters are the player's own. Each comes once at most, in its one
    /// spelling: caches keep answers by address.
    ///
    /// # Errors
    /// For a value that is none, for a directive that comes twice, and for a part without its segment.
    pub fn parse(query: &str) -> Result<Self, DirectiveError> {
        let (mut msn, mut part, mut skip) = (None, None, None);
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let (name, slot) = match name {
                MSN => (MSN, &mut msn),
                PART => (PART, &mut part),
                SKIP => (SKIP, &mut skip),
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(DirectiveError::Repeated(name));
            }
        }
        let msn = msn.map(|value| number(MSN, value)).transpose()?;
        let part = part.map(|value| number(PART, value)).transpose()?;
        let until = match (msn, part) {
            (Some(msn), part) => Some(Until { msn, part }),
            (None, None) => None,
            (None, Some(_)) => return Err(DirectiveError::PartAlone),
        };
        let skip = match skip {
            None => false,
            // There are no date ranges here that the second version could leave out as well.
            Some("YES" | "v2") => true,
            Some(_) => return Err(DirectiveError::Skip),
        };
        Ok(Self { until, skip })
    }
}

fn number(name: &'static str, value: &str) -> Result<u64, DirectiveError> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| value.parse().ok())
        .flatten()
        .ok_or(DirectiveError::NoNumber(name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

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
            let parsed = Directives::parse(query).unwrap();
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
            assert!(Directives::parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn seeds_of_the_fuzz_target_do_no_harm() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/playlist_queries");
        let seeds: Vec<_> = std::fs::read_dir(&corpus).unwrap().collect();
        assert!(seeds.len() > 5, "{corpus:?}");
        for seed in seeds {
            let query = std::fs::read_to_string(seed.unwrap().path()).unwrap();
            for length in 0..=query.len() {
                let _ = Directives::parse(&query[..length]);
            }
        }
    }
}
