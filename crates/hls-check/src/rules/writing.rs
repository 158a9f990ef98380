//! How every playlist is written, of either kind: characters, tags, attribute lists.

use super::{Judgement, Rule, fails, none_of, rule};
use crate::text::{Tag, attributes, is_well_formed};

/// A rule about the text of a playlist and the tags in it.
pub type OfWriting = fn(&str, &[Tag]) -> Judgement;

/// Tags whose value is an attribute list.
const LISTS: &[&str] = &[
    "DEFINE",
    "START",
    "PART-INF",
    "SERVER-CONTROL",
    "KEY",
    "MAP",
    "PART",
    "DATERANGE",
    "SKIP",
    "PRELOAD-HINT",
    "RENDITION-REPORT",
    "MEDIA",
    "STREAM-INF",
    "I-FRAME-STREAM-INF",
    "SESSION-DATA",
    "SESSION-KEY",
    "CONTENT-STEERING",
];

/// Tags that only media playlists have (4.4.3 to 4.4.5).
const OF_MEDIA: &[&str] = &[
    "TARGETDURATION",
    "MEDIA-SEQUENCE",
    "DISCONTINUITY-SEQUENCE",
    "ENDLIST",
    "PLAYLIST-TYPE",
    "I-FRAMES-ONLY",
    "PART-INF",
    "SERVER-CONTROL",
    "EXTINF",
    "BYTERANGE",
    "DISCONTINUITY",
    "KEY",
    "MAP",
    "PROGRAM-DATE-TIME",
    "GAP",
    "BITRATE",
    "PART",
    "DATERANGE",
    "SKIP",
    "PRELOAD-HINT",
    "RENDITION-REPORT",
];

/// Tags that only multivariant playlists have (4.4.6).
const OF_MULTIVARIANT: &[&str] = &[
    "MEDIA",
    "STREAM-INF",
    "I-FRAME-STREAM-INF",
    "SESSION-DATA",
    "SESSION-KEY",
    "CONTENT-STEERING",
];

fn lists(tags: &[Tag]) -> impl Iterator<Item = &Tag> {
    tags.iter().filter(|tag| LISTS.contains(&tag.name.as_str()))
}

fn count(tags: &[Tag], name: &str) -> usize {
    tags.iter().filter(|tag| tag.name == name).count()
}

/// The rules.
pub const RULES: &[Rule<OfWriting>] = &[
    rule("begins-with-extm3u", "4.4.1.1", |text, _| {
        fails(text.lines().next() != Some("#EXTM3U"), || {
            "the first line is another".to_owned()
        })
    }),
    rule("has-no-byte-order-mark", "4.1", |text, _| {
        fails(text.starts_with('\u{feff}'), || "there is one".to_owned())
    }),
    rule("has-no-control-characters", "4.1", |text, _| {
        let control = text
            .chars()
            .find(|it| it.is_control() && !matches!(it, '\n' | '\r'));
        none_of(control.map(|it| it.escape_default().to_string()))
    }),
    rule("has-one-version-at-most", "4.4.1.2", |_, tags| {
        let count = count(tags, "VERSION");
        fails(count > 1, || format!("there are {count}"))
    }),
    rule("general-tags-come-once", "4.4.2", |_, tags| {
        let twice = ["INDEPENDENT-SEGMENTS", "START"]
            .into_iter()
            .find(|name| count(tags, name) > 1);
        none_of(twice)
    }),
    rule("is-one-kind-of-playlist", "4.1", |_, tags| {
        let of = |names: &[&str]| tags.iter().find(|tag| names.contains(&tag.name.as_str()));
        let (media, multivariant) = (of(OF_MEDIA), of(OF_MULTIVARIANT));
        none_of(
            media
                .zip(multivariant)
                .map(|(one, other)| format!("{} beside {}", one.name, other.name)),
        )
    }),
    rule("attribute-lists-are-well-formed", "4.2", |_, tags| {
        let bad = lists(tags).find(|tag| !is_well_formed(&tag.value));
        none_of(bad.map(|tag| format!("{}:{}", tag.name, tag.value)))
    }),
    rule("attributes-come-once", "4.2", |_, tags| {
        let twice = lists(tags).find(|tag| {
            let mut names: Vec<_> = attributes(&tag.value).into_iter().map(|(name, _)| name).collect();
            names.sort_unstable();
            names.windows(2).any(|pair| pair.first() == pair.last())
        });
        none_of(twice.map(|tag| format!("{}:{}", tag.name, tag.value)))
    }),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_tried, broken, with};
    use super::*;
    use crate::playlist::MediaPlaylist;
    use crate::rules::judge_media;

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let cases = [
            ("begins-with-extm3u", with("#EXTM3U\n", "")),
            ("has-no-byte-order-mark", with("#EXTM3U\n", "\u{feff}#EXTM3U\n")),
            (
                "has-no-control-characters",
                with("#EXTINF:2.0,", "#EXTINF:2.0,a\tb"),
            ),
            (
                "has-one-version-at-most",
                with("#EXT-X-VERSION:9\n", "#EXT-X-VERSION:9\n#EXT-X-VERSION:9\n"),
            ),
            (
                "general-tags-come-once",
                with("#EXT-X-VERSION:9\n", &"#EXT-X-INDEPENDENT-SEGMENTS\n".repeat(2)),
            ),
            (
                "is-one-kind-of-playlist",
                with("#EXT-X-VERSION:9\n", "#EXT-X-STREAM-INF:BANDWIDTH=1\n"),
            ),
            (
                "attribute-lists-are-well-formed",
                with("PART-TARGET=1.0", "PART-TARGET= 1.0"),
            ),
            (
                "attributes-come-once",
                with("PART-TARGET=1.0", "PART-TARGET=1.0,PART-TARGET=1.0"),
            ),
        ];
        for (rule, text) in &cases {
            let found = broken(judge_media(&MediaPlaylist::parse(text)));
            assert!(found.contains(rule), "{rule}: {found:?}");
        }
        assert_all_tried(
            RULES.iter().map(|rule| rule.name),
            cases.iter().map(|case| case.0),
        );
    }
}
