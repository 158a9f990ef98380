//! A media playlist by itself: its tags, its segments, its dates, and the version that these need.

use super::{Judgement, ROUNDING, Rule, fails, none_of, rule};
use crate::playlist::{MediaPlaylist, Segment};
use crate::text::{attribute, milliseconds};

/// A rule about a media playlist.
pub type OfMedia = fn(&MediaPlaylist) -> Judgement;

/// Tags that a media playlist has once (4.4.3).
const ONCE: &[&str] = &[
    "TARGETDURATION",
    "MEDIA-SEQUENCE",
    "DISCONTINUITY-SEQUENCE",
    "ENDLIST",
    "PLAYLIST-TYPE",
    "I-FRAMES-ONLY",
    "PART-INF",
    "SERVER-CONTROL",
];

/// By how many milliseconds a date may be before the end of the segment before, for clocks that drift apart.
const OVERLAP: f64 = 1_000.0;

/// Whether a tag is in its place: before the first segment, and before any of the other tags.
fn comes_first(playlist: &MediaPlaylist, name: &str, others: &[&str]) -> Judgement {
    let place = playlist.tags.iter().position(|tag| tag.name == name)?;
    let other = playlist
        .tags
        .iter()
        .position(|tag| others.contains(&tag.name.as_str()));
    fails(other.is_some_and(|other| other < place), || {
        format!("EXT-X-{name} comes later")
    })
}

/// That a tag needs a version of the protocol.
fn needs(playlist: &MediaPlaylist, has: bool, version: u64) -> Judgement {
    has.then_some(())?;
    fails(playlist.version < Some(version), || {
        format!("the version is {:?}", playlist.version)
    })
}

fn is_fragmented(segment: &Segment) -> bool {
    let path = segment.uri.split('?').next().unwrap_or_default();
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("m4s" | "mp4" | "cmfv" | "cmfa"))
}

/// The rules.
pub const RULES: &[Rule<OfMedia>] = &[
    rule("media-playlist-tags-come-once", "4.4.3", |now| {
        none_of(ONCE.iter().copied().find(|name| now.values(name).count() > 1))
    }),
    rule("has-target-duration", "4.4.3.1", |now| {
        let whole = now
            .values("TARGETDURATION")
            .all(|value| value.parse::<u64>().is_ok());
        fails(now.target.is_none() || !whole, || {
            "there is no whole number of seconds".to_owned()
        })
    }),
    rule("no-segment-exceeds-target-duration", "4.4.3.1", |now| {
        let target = now.target?;
        let long = now
            .segments
            .iter()
            .find(|segment| segment.duration.round() > target);
        none_of(long.map(|segment| format!("{} lasts {} s of {target} s", segment.uri, segment.duration)))
    }),
    rule("media-sequence-comes-before-segments", "4.4.3.2", |now| {
        comes_first(now, "MEDIA-SEQUENCE", &["EXTINF", "PART"])
    }),
    rule("discontinuity-sequence-comes-before-segments", "4.4.3.3", |now| {
        comes_first(
            now,
            "DISCONTINUITY-SEQUENCE",
            &["EXTINF", "PART", "DISCONTINUITY"],
        )
    }),
    rule("every-segment-has-a-duration", "4.4.4.1", |now| {
        let bad = now
            .segments
            .iter()
            .find(|segment| !segment.timed || segment.duration.is_nan());
        none_of(bad.map(|segment| segment.uri.clone()))
    }),
    rule("map-names-a-resource", "4.4.4.5", |now| {
        let mut maps = now.values("MAP").peekable();
        maps.peek()?;
        none_of(maps.find(|list| attribute(list, "URI").is_none_or(str::is_empty)))
    }),
    rule("fragmented-segments-have-a-map", "3.1.2", |now| {
        let mut fragmented = now
            .segments
            .iter()
            .filter(|segment| is_fragmented(segment) && !segment.gap)
            .peekable();
        fragmented.peek().filter(|_| now.skipped == 0)?;
        none_of(
            fragmented
                .find(|segment| segment.map.is_none())
                .map(|segment| segment.uri.clone()),
        )
    }),
    rule("dates-are-dates", "4.4.4.6", |now| {
        let mut dates = now.values("PROGRAM-DATE-TIME").peekable();
        dates.peek()?;
        none_of(dates.find(|date| milliseconds(date).is_none()))
    }),
    rule("dates-name-one-segment-each", "6.2.1", |now| {
        let ambiguous = now.segments.windows(2).find_map(|pair| {
            let [one, next] = pair else { return None };
            let after = milliseconds_between(one.date?, next.date?);
            let overlaps = after + OVERLAP < one.duration * 1_000.0 || after <= 0.0 && one.duration > 0.0;
            overlaps.then(|| format!("{} begins {after} ms after {}", next.uri, one.uri))
        });
        now.segments.iter().find(|segment| segment.date.is_some())?;
        none_of(ambiguous)
    }),
    rule("a-live-playlist-has-no-type", "6.2.2", |now| {
        (!now.ended && now.media_sequence > 0).then_some(())?;
        none_of(now.values("PLAYLIST-TYPE").next())
    }),
    rule("removed-discontinuities-are-counted", "6.2.2", |now| {
        (now.media_sequence > 0 && now.has("DISCONTINUITY")).then_some(())?;
        fails(!now.has("DISCONTINUITY-SEQUENCE"), || {
            "there is no EXT-X-DISCONTINUITY-SEQUENCE".to_owned()
        })
    }),
    rule("every-address-is-named-once", "6.2.1", |now| {
        let parts = now
            .segments
            .iter()
            .chain([&now.open])
            .flat_map(|segment| &segment.parts);
        let mut uris: Vec<_> = now.segments.iter().map(|segment| &segment.uri).collect();
        uris.extend(parts.map(|part| &part.uri));
        uris.sort_unstable();
        let twice = uris.windows(2).find(|pair| pair.first() == pair.last());
        none_of(twice.and_then(|pair| pair.first()).map(|uri| (*uri).clone()))
    }),
    rule("decimal-durations-need-version-3", "8", |now| {
        let has = now.values("EXTINF").any(|value| value.contains('.'));
        needs(now, has, 3)
    }),
    rule("map-needs-version-6", "8", |now| needs(now, now.has("MAP"), 6)),
    rule("gap-needs-version-8", "8", |now| needs(now, now.has("GAP"), 8)),
    rule("skip-needs-version-9", "8", |now| needs(now, now.has("SKIP"), 9)),
    rule("hold-back-is-three-target-durations", "4.4.3.8", |now| {
        let held = now.control("HOLD-BACK")?;
        fails(held + ROUNDING < 3.0 * now.target?, || format!("{held} s"))
    }),
];

#[expect(
    clippy::cast_precision_loss,
    reason = "what lies between two segments is exact in an f64"
)]
fn milliseconds_between(one: i64, other: i64) -> f64 {
    other.saturating_sub(one) as f64
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_tried, broken, with};
    use super::*;
    use crate::rules::judge_media;

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let late = |tag: &str| with(tag, "") + tag;
        let cases = [
            (
                "media-playlist-tags-come-once",
                with(
                    "#EXT-X-TARGETDURATION:2\n",
                    &"#EXT-X-TARGETDURATION:2\n".repeat(2),
                ),
            ),
            ("has-target-duration", with("#EXT-X-TARGETDURATION:2\n", "")),
            (
                "has-target-duration",
                with("TARGETDURATION:2", "TARGETDURATION:2.5"),
            ),
            (
                "no-segment-exceeds-target-duration",
                with("#EXTINF:2.0", "#EXTINF:2.6"),
            ),
            (
                "media-sequence-comes-before-segments",
                late("#EXT-X-MEDIA-SEQUENCE:4\n"),
            ),
            (
                "discontinuity-sequence-comes-before-segments",
                late("#EXT-X-DISCONTINUITY-SEQUENCE:1\n"),
            ),
            (
                "every-segment-has-a-duration",
                with("#EXTINF:2.0,\n4.m4s", "4.m4s"),
            ),
            ("every-segment-has-a-duration", with("#EXTINF:2.0", "#EXTINF:two")),
            ("map-names-a-resource", with("URI=\"i.mp4\"", "BYTERANGE=\"1@0\"")),
            (
                "fragmented-segments-have-a-map",
                with("#EXT-X-MAP:URI=\"i.mp4\"\n", ""),
            ),
            (
                "dates-are-dates",
                with("2026-01-01T00:00:08.000Z", "2026-01-01 00:00:08"),
            ),
            (
                "dates-name-one-segment-each",
                with("T00:00:10.000Z", "T00:00:08.500Z"),
            ),
            (
                "dates-name-one-segment-each",
                with("T00:00:10.000Z", "T00:00:07.000Z"),
            ),
            (
                "a-live-playlist-has-no-type",
                with("#EXT-X-VERSION:9\n", "#EXT-X-PLAYLIST-TYPE:EVENT\n"),
            ),
            (
                "removed-discontinuities-are-counted",
                with("#EXT-X-DISCONTINUITY-SEQUENCE:1\n", ""),
            ),
            (
                "every-address-is-named-once",
                with("URI=\"8.1.m4s\"", "URI=\"8.0.m4s\""),
            ),
            ("decimal-durations-need-version-3", with("VERSION:9", "VERSION:2")),
            ("map-needs-version-6", with("VERSION:9", "VERSION:5")),
            (
                "gap-needs-version-8",
                with("VERSION:9", "VERSION:7").replacen("#EXTINF", "#EXT-X-GAP\n#EXTINF", 1),
            ),
            (
                "skip-needs-version-9",
                with("VERSION:9", "VERSION:8").replacen(
                    "#EXTINF",
                    "#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n#EXTINF",
                    1,
                ),
            ),
            (
                "hold-back-is-three-target-durations",
                with("CAN-SKIP", "HOLD-BACK=5.0,CAN-SKIP"),
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
