//! What low latency adds to a media playlist: parts, hints, reports, and what the server offers.

use super::segments::OfMedia;
use super::{Judgement, ROUNDING, Rule, fails, none_of, rule};
use crate::playlist::{MediaPlaylist, Part, Segment};
use crate::text::attribute;

/// The segments and what there is of the next one.
fn all(playlist: &MediaPlaylist) -> impl Iterator<Item = &Segment> {
    playlist.segments.iter().chain([&playlist.open])
}

/// Each part, with those behind it in its segment, and whether more of that may come.
fn parts(playlist: &MediaPlaylist) -> impl Iterator<Item = (&Part, &[Part], bool)> {
    let whole = playlist.segments.iter().map(|segment| (segment, false));
    whole.chain([(&playlist.open, true)]).flat_map(|(segment, open)| {
        let behind = (1..).map(|next| segment.parts.get(next..).unwrap_or_default());
        segment
            .parts
            .iter()
            .zip(behind)
            .map(move |(part, behind)| (part, behind, open))
    })
}

/// Whether a part must be as long as parts are: not if it has a key frame or is a gap, or ends at a gap or with its segment.
fn is_ordinary(part: &Part, behind: &[Part], open: bool) -> bool {
    let ends = match behind.first() {
        Some(next) => next.gap,
        None => !open,
    };
    !part.independent && !part.gap && !ends
}

fn lacks(list: &str, names: &[&str]) -> bool {
    names
        .iter()
        .any(|name| attribute(list, name).is_none_or(str::is_empty))
}

/// Whether each of a tag's attribute lists has what it must.
fn have(playlist: &MediaPlaylist, tag: &str, names: &[&str]) -> Judgement {
    playlist.has(tag).then_some(())?;
    none_of(playlist.values(tag).find(|list| lacks(list, names)))
}

/// The rules.
pub const RULES: &[Rule<OfMedia>] = &[
    rule("parts-need-part-inf", "4.4.3.7", |now| {
        now.has("PART").then_some(())?;
        fails(now.part_target.is_none(), || "there is no PART-TARGET".to_owned())
    }),
    rule("part-hold-back-is-three-parts", "4.4.3.8", |now| {
        let target = now.part_target?;
        let held = now.control("PART-HOLD-BACK");
        fails(held.is_none_or(|held| held + ROUNDING < 3.0 * target), || {
            format!("{held:?} for parts of {target} s")
        })
    }),
    rule("skip-boundary-is-six-target-durations", "4.4.3.8", |now| {
        let boundary = now.control("CAN-SKIP-UNTIL")?;
        fails(boundary + ROUNDING < 6.0 * now.target?, || {
            format!("{boundary} s")
        })
    }),
    rule("skipping-dates-needs-a-boundary", "4.4.3.8", |now| {
        let control = now.server_control.as_deref()?;
        attribute(control, "CAN-SKIP-DATERANGES")?;
        fails(attribute(control, "CAN-SKIP-UNTIL").is_none(), || {
            control.to_owned()
        })
    }),
    rule("parts-name-a-resource-and-a-duration", "4.4.4.9", |now| {
        have(now, "PART", &["URI", "DURATION"])
    }),
    rule("tags-of-a-segment-come-before-its-parts", "4.4.4.9", |now| {
        now.has("PART").then_some(())?;
        none_of(all(now).find_map(|segment| segment.late.clone()))
    }),
    rule("no-part-exceeds-part-target", "4.4.4.9", |now| {
        let target = now.part_target?;
        let long = parts(now).find(|(part, ..)| part.duration > target + ROUNDING);
        none_of(long.map(|(part, ..)| format!("{} lasts {} s of {target} s", part.uri, part.duration)))
    }),
    rule("parts-are-85-percent-of-part-target", "4.4.4.9", |now| {
        let target = now.part_target?;
        let short = parts(now).find(|(part, behind, open)| {
            is_ordinary(part, behind, *open) && part.duration < 0.85 * target - ROUNDING
        });
        none_of(short.map(|(part, ..)| format!("{} lasts {} s of {target} s", part.uri, part.duration)))
    }),
    rule("parts-make-up-their-segment", "3.2", |now| {
        let mut segments = now
            .segments
            .iter()
            .filter(|segment| !segment.parts.is_empty())
            .peekable();
        segments.peek()?;
        let other = segments.find(|segment| {
            let total: f64 = segment.parts.iter().map(|part| part.duration).sum();
            (total - segment.duration).abs() > 0.001
        });
        none_of(other.map(|segment| format!("{} is not as long as its parts", segment.uri)))
    }),
    rule("parts-of-a-gap-are-gaps", "6.2.1", |now| {
        let mut gaps = now
            .segments
            .iter()
            .filter(|segment| segment.gap && !segment.parts.is_empty())
            .peekable();
        gaps.peek()?;
        none_of(
            gaps.flat_map(|segment| &segment.parts)
                .find(|part| !part.gap)
                .map(|part| part.uri.clone()),
        )
    }),
    rule("recent-segments-name-their-parts", "6.2.2", |now| {
        let within = 3.0 * now.target?;
        now.part_target?;
        let mut after: f64 = now.open.parts.iter().map(|part| part.duration).sum();
        let mut without = None;
        for segment in now.segments.iter().rev() {
            if after < within && segment.parts.is_empty() && !segment.gap {
                without.get_or_insert_with(|| segment.uri.clone());
            }
            after += segment.duration;
        }
        none_of(without)
    }),
    rule("skip-comes-once-and-says-how-many", "4.4.5.2", |now| {
        now.has("SKIP").then_some(())?;
        let bad = now.values("SKIP").count() > 1 || now.skipped == 0;
        fails(bad, || now.values("SKIP").collect::<Vec<_>>().join(" and "))
    }),
    rule("hints-have-a-type-and-name-a-resource", "4.4.5.3", |now| {
        have(now, "PRELOAD-HINT", &["TYPE", "URI"])
    }),
    rule("one-hint-of-a-type", "6.2.6", |now| {
        let mut types: Vec<_> = now
            .values("PRELOAD-HINT")
            .filter_map(|list| attribute(list, "TYPE"))
            .collect();
        types.first()?;
        types.sort_unstable();
        none_of(
            types
                .windows(2)
                .find(|pair| pair.first() == pair.last())
                .map(|pair| pair.join(" and ")),
        )
    }),
    rule("ended-hints-at-nothing", "4.4.5.3", |now| {
        now.ended.then_some(())?;
        none_of(now.values("PRELOAD-HINT").next())
    }),
    rule("reports-are-relative", "4.4.5.4", |now| {
        let mut reports = now.reports.iter().peekable();
        reports.peek()?;
        none_of(reports.find(|list| {
            attribute(list, "URI")
                .is_none_or(|uri| uri.is_empty() || uri.contains("://") || uri.starts_with('/'))
        }))
    }),
    rule("reports-say-how-far-others-are", "4.4.5.4", |now| {
        let mut reports = now.reports.iter().peekable();
        reports.peek()?;
        let names: &[&str] = if now.part_target.is_some() {
            &["LAST-MSN", "LAST-PART"]
        } else {
            &["LAST-MSN"]
        };
        none_of(reports.find(|list| lacks(list, names)))
    }),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_tried, broken, good, with};
    use super::*;
    use crate::rules::judge_media;

    fn found(text: &str) -> Vec<&'static str> {
        broken(judge_media(&MediaPlaylist::parse(text)))
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let hint = "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.1.m4s\"\n";
        let parts = "#EXT-X-PART:DURATION=1.0,URI=\"10.0.m4s\",INDEPENDENT=YES\n\
            #EXT-X-PART:DURATION=1.0,URI=\"10.1.m4s\"\n";
        let date = "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:20.000Z\n";
        let cases = [
            (
                "parts-need-part-inf",
                with("#EXT-X-PART-INF:PART-TARGET=1.0\n", ""),
            ),
            (
                "part-hold-back-is-three-parts",
                with("PART-HOLD-BACK=3.0", "PART-HOLD-BACK=2.9"),
            ),
            ("part-hold-back-is-three-parts", with("PART-HOLD-BACK=3.0,", "")),
            (
                "skip-boundary-is-six-target-durations",
                with("UNTIL=12.0", "UNTIL=11.0"),
            ),
            (
                "skipping-dates-needs-a-boundary",
                with("CAN-SKIP-UNTIL=12.0", "CAN-SKIP-DATERANGES=YES"),
            ),
            (
                "parts-name-a-resource-and-a-duration",
                with("DURATION=1.0,URI=\"8.0.m4s\"", "DURATION=1.0"),
            ),
            (
                "tags-of-a-segment-come-before-its-parts",
                with(&format!("{date}{parts}"), &format!("{parts}{date}")),
            ),
            (
                "no-part-exceeds-part-target",
                with("PART-TARGET=1.0", "PART-TARGET=0.9"),
            ),
            (
                "parts-are-85-percent-of-part-target",
                with(
                    "DURATION=1.0,URI=\"11.0.m4s\",INDEPENDENT=YES",
                    "DURATION=0.8,URI=\"11.0.m4s\"",
                ),
            ),
            (
                "parts-make-up-their-segment",
                with("#EXTINF:2.0,\n10.m4s", "#EXTINF:1.9,\n10.m4s"),
            ),
            (
                "parts-of-a-gap-are-gaps",
                with("#EXTINF:2.0,\n10.m4s", "#EXT-X-GAP\n#EXTINF:2.0,\n10.m4s"),
            ),
            ("recent-segments-name-their-parts", with(parts, "")),
            (
                "skip-comes-once-and-says-how-many",
                with("#EXT-X-MAP", "#EXT-X-SKIP:SKIPPED-SEGMENTS=0\n#EXT-X-MAP"),
            ),
            (
                "skip-comes-once-and-says-how-many",
                with(
                    "#EXT-X-MAP",
                    &("#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n".repeat(2) + "#EXT-X-MAP"),
                ),
            ),
            (
                "hints-have-a-type-and-name-a-resource",
                with("TYPE=PART,URI=\"11.1.m4s\"", "TYPE=PART"),
            ),
            ("one-hint-of-a-type", good() + hint),
            ("ended-hints-at-nothing", good() + "#EXT-X-ENDLIST\n"),
            (
                "reports-are-relative",
                with("URI=\"audio.m3u8\"", "URI=\"/live/audio.m3u8\""),
            ),
            ("reports-say-how-far-others-are", with(",LAST-PART=0", "")),
        ];
        for (rule, text) in &cases {
            assert!(found(text).contains(rule), "{rule}: {:?}", found(text));
        }
        assert_all_tried(
            RULES.iter().map(|rule| rule.name),
            cases.iter().map(|case| case.0),
        );
    }

    #[test]
    fn parts_may_be_short_where_the_standard_lets_them() {
        for text in [
            with("DURATION=1.0,URI=\"11.0.m4s\"", "DURATION=0.5,URI=\"11.0.m4s\""),
            with("DURATION=1.0,URI=\"8.1.m4s\"", "DURATION=0.5,URI=\"8.1.m4s\"").replacen(
                "#EXTINF:2.0,\n8.m4s",
                "#EXTINF:1.5,\n8.m4s",
                1,
            ),
        ] {
            assert_eq!(found(&text), [""; 0]);
        }
    }
}
