//! Headers of playback: how long something may be kept, and the tag that players ask again with.

use std::time::Duration;

use actix_web::http::header::HeaderValue;

/// `Cache-Control` of what stays good for so long.
pub(super) fn max_age(time: Duration) -> HeaderValue {
    let value = format!("public, max-age={}", time.as_secs());
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("no-cache"))
}

/// A tag as a strong entity tag (RFC 9110, 8.8.3); `None` if it can't be one.
pub(crate) fn quoted(tag: &str) -> Option<HeaderValue> {
    let fits = tag.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    fits.then(|| HeaderValue::try_from(format!("\"{tag}\"")).ok())
        .flatten()
}

/// Whether an `If-None-Match` names this entity tag, by weak comparison.
pub(crate) fn matches(sent: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(sent), Ok(tag)) = (sent.to_str(), tag.to_str()) else {
        return false;
    };
    let mut tags = sent.split(',').map(str::trim);
    tags.any(|candidate| candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_matches_by_any_of_them() {
        let tag = quoted("abc").unwrap();
        for (sent, expected) in [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"x\", \"abc\"", true),
            ("*", true),
            ("\"x\"", false),
            ("abc", false),
            ("", false),
        ] {
            assert_eq!(matches(&HeaderValue::from_static(sent), &tag), expected, "{sent}");
        }
    }

    #[test]
    fn a_tag_that_could_break_out_of_its_quotes_is_none() {
        assert!(quoted("a\"b").is_none());
        assert!(quoted("a b").is_none());
    }
}
