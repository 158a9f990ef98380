//! The text of a playlist: lines, tags and attribute lists (RFC 8216bis, 4.1 and 4.2).

/// A line that is a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tag {
    /// Its name without `#EXT-X-`, or without `#` where it has no such beginning: `EXTM3U`, `EXTINF`.
    pub name: String,
    /// What follows the colon.
    pub value: String,
}

/// The tags of a playlist in order.
pub(crate) fn tags(text: &str) -> Vec<Tag> {
    text.lines().filter_map(tag).collect()
}

/// The tag that a line is; comments and addresses are none.
pub(crate) fn tag(line: &str) -> Option<Tag> {
    if !line.starts_with("#EXT") {
        return None;
    }
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    let name = name.strip_prefix("#EXT-X-").or_else(|| name.strip_prefix('#'))?;
    Some(Tag {
        name: name.to_owned(),
        value: value.to_owned(),
    })
}

/// The names and values of an attribute list, values without their quotes; as far as it can be read.
pub fn attributes(list: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = list;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => {
                let Some((value, next)) = quoted.split_once('"') else {
                    break;
                };
                (value, next.strip_prefix(',').unwrap_or(next))
            }
            None => after.split_once(',').unwrap_or((after, "")),
        };
        found.push((name, value));
        rest = next;
    }
    found
}

/// An attribute of a list, without its quotes.
pub fn attribute<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let mut all = attributes(list).into_iter();
    all.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// An attribute that is a decimal number.
pub(crate) fn number(list: &str, name: &str) -> Option<f64> {
    attribute(list, name)?.parse().ok()
}

/// Whether a list is written as lists are: `NAME=value` with commas between, values quoted or without spaces and quotes.
pub(crate) fn is_well_formed(list: &str) -> bool {
    let mut rest = list;
    loop {
        let Some((name, after)) = rest.split_once('=') else {
            return false;
        };
        let named = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
        let next = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').map(|(_, next)| next),
            None => {
                let end = after.find(',').unwrap_or(after.len());
                let (value, next) = after.split_at(end);
                (!value.is_empty() && !value.contains([' ', '"'])).then_some(next)
            }
        };
        match next {
            Some("") if named => return true,
            Some(next) if named && next.starts_with(',') => rest = next.get(1..).unwrap_or_default(),
            _ => return false,
        }
    }
}

/// Milliseconds since 1970 of a date with a time zone; none if it is not written as ISO/IEC 8601 has it.
pub(crate) fn milliseconds(date: &str) -> Option<i64> {
    use time::OffsetDateTime;
    use time::format_description::well_known::Iso8601;
    let date = OffsetDateTime::parse(date, &Iso8601::PARSING).ok()?;
    i64::try_from(date.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_behind_quoted_commas() {
        let list = "A=\"x,B=1\",B=2,C=NO";
        assert_eq!(attribute(list, "B"), Some("2"));
        assert_eq!(attribute(list, "C"), Some("NO"));
        assert_eq!(attribute(list, "D"), None);
    }

    #[test]
    fn lists_that_are_not_written_as_lists_are_told_apart() {
        for good in ["A=1", "A-1=\"x, y\",B=2x3", "URI=\"\""] {
            assert!(is_well_formed(good), "{good}");
        }
        for bad in [
            "",
            "A",
            "a=1",
            "A=",
            "A=1,",
            "A=1, B=2",
            "A=\"1",
            "A=\"1\"B=2",
            "A= 1",
        ] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn dates_have_a_time_zone() {
        assert_eq!(milliseconds("1970-01-01T00:00:01.500Z"), Some(1_500));
        assert_eq!(milliseconds("1970-01-01T01:00:01.500+01:00"), Some(1_500));
        assert_eq!(milliseconds("1970-01-01 00:00:01"), None);
        assert_eq!(milliseconds("yesterday"), None);
    }
}
