//! The multivariant playlist: variants, renditions, and the groups that tie them.

use super::{Judgement, Rule, fails, none_of, rule};
use crate::multivariant::Multivariant;
use crate::text::attribute;

/// A rule about a multivariant playlist.
pub type OfMultivariant = fn(&Multivariant) -> Judgement;

/// The attributes of a variant that name a group, and the type that the group has.
const GROUPS: &[(&str, &str)] = &[
    ("AUDIO", "AUDIO"),
    ("VIDEO", "VIDEO"),
    ("SUBTITLES", "SUBTITLES"),
    ("CLOSED-CAPTIONS", "CLOSED-CAPTIONS"),
];

/// Type and group of a rendition.
fn group(rendition: &str) -> (Option<&str>, Option<&str>) {
    (attribute(rendition, "TYPE"), attribute(rendition, "GROUP-ID"))
}

fn is(rendition: &str, name: &str) -> bool {
    attribute(rendition, name) == Some("YES")
}

/// A pair of renditions in one group of which something is true.
fn pair(playlist: &Multivariant, wrong: impl Fn(&str, &str) -> bool) -> Option<&String> {
    let mut rest = playlist.renditions.iter();
    while let Some(one) = rest.next() {
        let other = rest
            .clone()
            .find(|other| group(one) == group(other) && wrong(one, other));
        if other.is_some() {
            return other;
        }
    }
    None
}

/// The rules.
pub const RULES: &[Rule<OfMultivariant>] = &[
    rule("variants-have-an-address", "4.4.6.2", |now| {
        fails(
            now.variants.is_empty() || now.variants.iter().any(|(_, address)| address.is_none()),
            || "EXT-X-STREAM-INF without a line that is an address".to_owned(),
        )
    }),
    rule("variants-have-a-bandwidth", "4.4.6.2", |now| {
        let bandwidth = |list: &str| attribute(list, "BANDWIDTH")?.parse::<u64>().ok();
        let bad = now
            .variants
            .iter()
            .find(|(list, _)| bandwidth(list).is_none_or(|bits| bits == 0));
        none_of(bad.map(|(list, _)| list.clone()))
    }),
    rule("variants-name-groups-that-there-are", "4.4.6.2", |now| {
        let named = now.variants.iter().flat_map(|(list, _)| {
            let groups = GROUPS.iter();
            groups.filter_map(move |(name, kind)| {
                Some((*kind, attribute(list, name).filter(|id| *id != "NONE")?))
            })
        });
        let mut named = named.peekable();
        named.peek()?;
        let missing = named.find(|(kind, id)| {
            !now.renditions
                .iter()
                .any(|rendition| group(rendition) == (Some(*kind), Some(*id)))
        });
        none_of(missing.map(|(kind, id)| format!("{kind} {id}")))
    }),
    rule("resolutions-and-rates-are-numbers", "4.4.6.2", |now| {
        let resolution = |value: &str| {
            let (width, height) = value.split_once('x')?;
            Some((width.parse::<u32>().ok()?, height.parse::<u32>().ok()?))
        };
        let bad = now.variants.iter().find(|(list, _)| {
            attribute(list, "RESOLUTION").is_some_and(|value| resolution(value).is_none())
                || attribute(list, "FRAME-RATE")
                    .is_some_and(|value| !value.parse::<f64>().is_ok_and(|rate| rate > 0.0))
        });
        none_of(bad.map(|(list, _)| list.clone()))
    }),
    rule("renditions-have-a-type-a-group-and-a-name", "4.4.6.1", |now| {
        now.renditions.first()?;
        let bad = now.renditions.iter().find(|list| {
            ["TYPE", "GROUP-ID", "NAME"]
                .iter()
                .any(|name| attribute(list, name).is_none_or(str::is_empty))
        });
        none_of(bad.cloned())
    }),
    rule("defaults-are-chosen-automatically", "4.4.6.1", |now| {
        now.renditions.iter().find(|list| is(list, "DEFAULT"))?;
        let bad = now
            .renditions
            .iter()
            .find(|list| is(list, "DEFAULT") && attribute(list, "AUTOSELECT") == Some("NO"));
        none_of(bad.cloned())
    }),
    rule("names-in-a-group-differ", "4.4.6.1.1", |now| {
        now.renditions.first()?;
        none_of(
            pair(now, |one, other| {
                attribute(one, "NAME") == attribute(other, "NAME")
            })
            .cloned(),
        )
    }),
    rule("a-group-has-one-default", "4.4.6.1.1", |now| {
        now.renditions.first()?;
        none_of(pair(now, |one, other| is(one, "DEFAULT") && is(other, "DEFAULT")).cloned())
    }),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_tried, broken, changed};
    use super::*;
    use crate::rules::judge_multivariant;

    const GOOD: &str = "#EXTM3U\n#EXT-X-VERSION:6\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"One\",DEFAULT=YES,AUTOSELECT=YES,URI=\"a.m3u8\"\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Two\",URI=\"b.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1000,RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO=\"a\"\nv.m3u8\n";

    fn found(text: &str) -> Vec<&'static str> {
        broken(judge_multivariant(&Multivariant::parse(text)))
    }

    #[test]
    fn a_good_playlist_breaks_no_rule() {
        assert_eq!(found(GOOD), [""; 0]);
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let cases = [
            ("variants-have-an-address", "\nv.m3u8", ""),
            ("variants-have-a-bandwidth", "BANDWIDTH=1000,", ""),
            (
                "variants-name-groups-that-there-are",
                "AUDIO=\"a\"",
                "AUDIO=\"b\"",
            ),
            ("resolutions-and-rates-are-numbers", "640x360", "360p"),
            (
                "resolutions-and-rates-are-numbers",
                "FRAME-RATE=29.970",
                "FRAME-RATE=30/1",
            ),
            ("renditions-have-a-type-a-group-and-a-name", "NAME=\"One\",", ""),
            (
                "defaults-are-chosen-automatically",
                "AUTOSELECT=YES",
                "AUTOSELECT=NO",
            ),
            ("names-in-a-group-differ", "\"Two\"", "\"One\""),
            (
                "a-group-has-one-default",
                "NAME=\"Two\"",
                "NAME=\"Two\",DEFAULT=YES",
            ),
        ];
        for (rule, old, new) in cases {
            let found = found(&changed(GOOD, old, new));
            assert!(found.contains(&rule), "{rule}: {found:?}");
        }
        assert_all_tried(
            RULES.iter().map(|rule| rule.name),
            cases.iter().map(|case| case.0),
        );
    }
}
