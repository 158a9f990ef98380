//! The rules, by name and section. Each looks at one playlist, or at one and what was served before it.

use crate::playlist::{MediaPlaylist, attribute};

/// A requirement.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What it is called.
    pub name: &'static str,
    /// Where RFC 8216bis has it.
    pub section: &'static str,
    /// Says what is wrong.
    check: fn(&Seen<'_>) -> Option<String>,
}

/// A rule that was broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's name.
    pub rule: &'static str,
    /// The rule's section.
    pub section: &'static str,
    /// What was seen.
    pub what: String,
}

/// What rules look at.
struct Seen<'a> {
    before: Option<&'a MediaPlaylist>,
    now: &'a MediaPlaylist,
}

/// How far decimals may be rounded.
const ROUNDING: f64 = 0.000_01;

const fn rule(name: &'static str, section: &'static str, check: fn(&Seen<'_>) -> Option<String>) -> Rule {
    Rule { name, section, check }
}

/// Every rule about playlists.
pub const RULES: &[Rule] = &[
    rule("begins-with-extm3u", "4.4.1.1", |seen| {
        (!seen.now.text.starts_with("#EXTM3U\n")).then(|| "the first line is another".to_owned())
    }),
    rule("has-target-duration", "4.4.3.1", |seen| {
        seen.now.target.is_none().then(|| "there is none".to_owned())
    }),
    rule("no-segment-exceeds-target-duration", "4.4.3.1", |seen| {
        let target = seen.now.target?;
        let long = seen
            .now
            .segments
            .iter()
            .find(|segment| segment.duration.round() > target)?;
        Some(format!("{} lasts {} s of {target} s", long.uri, long.duration))
    }),
    rule("target-duration-does-not-change", "6.2.1", |seen| {
        let (before, now) = (seen.before?.target, seen.now.target);
        (before != now).then(|| format!("{before:?} became {now:?}"))
    }),
    rule("part-target-does-not-change", "6.2.1", |seen| {
        let (before, now) = (seen.before?.part_target, seen.now.part_target);
        (before != now).then(|| format!("{before:?} became {now:?}"))
    }),
    rule("server-control-does-not-change", "6.2.1", |seen| {
        let (before, now) = (&seen.before?.server_control, &seen.now.server_control);
        (before != now).then(|| format!("{before:?} became {now:?}"))
    }),
    rule("media-sequence-never-falls", "4.4.3.2", |seen| {
        let (before, now) = (seen.before?.media_sequence, seen.now.media_sequence);
        (now < before).then(|| format!("{before} became {now}"))
    }),
    rule("discontinuity-sequence-never-falls", "4.4.3.3", |seen| {
        let (before, now) = (
            seen.before?.discontinuity_sequence,
            seen.now.discontinuity_sequence,
        );
        (now < before).then(|| format!("{before} became {now}"))
    }),
    rule("discontinuity-sequence-counts-what-slid-out", "6.2.2", |seen| {
        let before = seen
            .before
            .filter(|before| before.skipped == 0 && seen.now.skipped == 0)?;
        let first = seen.now.media_sequence;
        let last = before.last_number()?;
        if first > last {
            return None;
        }
        // One before the first segment that is left belongs to it as long as the playlist says so.
        let gone = before
            .numbered()
            .filter(|(number, segment)| *number <= first && segment.discontinuity);
        let named = u64::from(seen.now.segments.first()?.discontinuity);
        let expected = before.discontinuity_sequence + u64::try_from(gone.count()).ok()? - named;
        let now = seen.now.discontinuity_sequence;
        (now != expected).then(|| format!("{now} instead of {expected}"))
    }),
    rule("listed-segments-do-not-change", "6.2.1", |seen| {
        let before = seen.before?;
        let changed = seen.now.numbered().find_map(|(number, segment)| {
            let (_, old) = before.numbered().find(|(other, _)| *other == number)?;
            let same = old.uri == segment.uri
                && (old.duration - segment.duration).abs() < ROUNDING
                && old.map == segment.map;
            // A delta update does not repeat the map of what it skips.
            (!same && seen.now.skipped == 0 && before.skipped == 0).then_some(number)
        })?;
        Some(format!("segment {changed} is another"))
    }),
    rule("listed-parts-do-not-change", "6.2.1", |seen| {
        let before = seen.before?;
        let next = before.last_number()? + 1;
        let now = match seen.now.numbered().find(|(number, _)| *number == next) {
            Some((_, segment)) if !segment.parts.is_empty() => &segment.parts,
            None if seen.now.last_number()? + 1 == next => &seen.now.open_parts,
            _ => return None,
        };
        let kept = now.starts_with(&before.open_parts);
        (!kept).then(|| format!("the parts of segment {next} are others"))
    }),
    rule("ended-stays-as-it-is", "6.2.1", |seen| {
        let before = seen.before.filter(|before| before.ended)?;
        (before.segments != seen.now.segments || !seen.now.ended)
            .then(|| "the playlist changed after its end".to_owned())
    }),
    rule("lists-three-target-durations", "6.2.2", |seen| {
        let before = seen.before?;
        let removed = seen.now.media_sequence > before.media_sequence;
        let total: f64 = seen.now.segments.iter().map(|segment| segment.duration).sum();
        (removed && seen.now.skipped == 0 && total < 3.0 * seen.now.target?)
            .then(|| format!("only {total} s are left"))
    }),
    rule("parts-need-part-inf", "4.4.3.7", |seen| {
        let has_parts = seen.now.text.contains("#EXT-X-PART:");
        (has_parts && seen.now.part_target.is_none()).then(|| "there is none".to_owned())
    }),
    rule("no-part-exceeds-part-target", "4.4.4.9", |seen| {
        let target = seen.now.part_target?;
        let (uri, duration) = parts(seen.now)
            .map(|(part, _)| (&part.uri, part.duration))
            .find(|(_, duration)| *duration > target + ROUNDING)?;
        Some(format!("{uri} lasts {duration} s of {target} s"))
    }),
    rule("parts-are-85-percent-of-part-target", "4.4.4.9", |seen| {
        let target = seen.now.part_target?;
        let (part, _) =
            parts(seen.now).find(|(part, is_last)| !is_last && part.duration < 0.85 * target - ROUNDING)?;
        Some(format!("{} lasts {} s of {target} s", part.uri, part.duration))
    }),
    rule("parts-make-up-their-segment", "4.4.4.9", |seen| {
        let segment = seen.now.segments.iter().find(|segment| {
            let total: f64 = segment.parts.iter().map(|part| part.duration).sum();
            !segment.parts.is_empty() && (total - segment.duration).abs() > 0.001
        })?;
        Some(format!("{} is not as long as its parts", segment.uri))
    }),
    rule("recent-segments-name-their-parts", "4.4.4.9", |seen| {
        let within = 3.0 * seen.now.target?;
        seen.now.part_target?;
        let mut after: f64 = seen.now.open_parts.iter().map(|part| part.duration).sum();
        for segment in seen.now.segments.iter().rev() {
            if after < within && segment.parts.is_empty() && !segment.gap {
                return Some(format!("{} has none", segment.uri));
            }
            after += segment.duration;
        }
        None
    }),
    rule("part-hold-back-is-three-parts", "4.4.3.8", |seen| {
        let target = seen.now.part_target?;
        match seen.now.control("PART-HOLD-BACK") {
            Some(held) if held + ROUNDING >= 3.0 * target => None,
            held => Some(format!("{held:?} for parts of {target} s")),
        }
    }),
    rule("hold-back-is-three-target-durations", "4.4.3.8", |seen| {
        let held = seen.now.control("HOLD-BACK")?;
        (held + ROUNDING < 3.0 * seen.now.target?).then(|| format!("{held} s"))
    }),
    rule("skip-boundary-is-six-target-durations", "4.4.3.8", |seen| {
        let boundary = seen.now.control("CAN-SKIP-UNTIL")?;
        (boundary + ROUNDING < 6.0 * seen.now.target?).then(|| format!("{boundary} s"))
    }),
    rule("skip-needs-version-9", "8", |seen| {
        (seen.now.skipped > 0 && seen.now.version < Some(9)).then(|| format!("{:?}", seen.now.version))
    }),
    rule("map-needs-version-6", "8", |seen| {
        let has_map = seen.now.text.contains("#EXT-X-MAP:");
        (has_map && seen.now.version < Some(6)).then(|| format!("{:?}", seen.now.version))
    }),
    rule("gap-needs-version-8", "8", |seen| {
        let has_gap = seen.now.text.contains("#EXT-X-GAP");
        (has_gap && seen.now.version < Some(8)).then(|| format!("{:?}", seen.now.version))
    }),
    rule("one-hint-of-a-type", "4.4.5.3", |seen| {
        let count = seen.now.part_hints.len();
        (count > 1).then(|| format!("{count} parts are hinted at"))
    }),
    rule("hinted-part-is-the-next-one", "4.4.5.3", |seen| {
        let before = seen.before?;
        let hint = before.part_hints.first()?;
        let next = before.last_number()? + 1;
        let parts = match seen.now.numbered().find(|(number, _)| *number == next) {
            Some((_, segment)) => &segment.parts,
            None => &seen.now.open_parts,
        };
        let part = parts.get(before.open_parts.len())?;
        (part.uri != *hint).then(|| format!("{} came instead of {hint}", part.uri))
    }),
    rule("ended-hints-at-nothing", "6.2.1", |seen| {
        (seen.now.ended && !seen.now.part_hints.is_empty()).then(|| seen.now.part_hints.join(" "))
    }),
    rule("reports-say-how-far-others-are", "4.4.5.4", |seen| {
        let report = seen.now.reports.iter().find(|report| {
            let relative = attribute(report, "URI").is_some_and(|uri| !uri.contains("://"));
            !relative || attribute(report, "LAST-MSN").is_none() || attribute(report, "LAST-PART").is_none()
        })?;
        Some(report.clone())
    }),
    rule("every-uri-is-named-once", "4.4.2", |seen| {
        let mut uris: Vec<_> = seen.now.segments.iter().map(|segment| &segment.uri).collect();
        uris.extend(parts(seen.now).map(|(part, _)| &part.uri));
        uris.sort_unstable();
        let twice = uris.windows(2).find(|pair| pair.first() == pair.last())?;
        Some((*twice.first()?).clone())
    }),
];

/// Parts, each with whether it may be short: the last one of its segment.
fn parts(playlist: &MediaPlaylist) -> impl Iterator<Item = (&crate::playlist::Part, bool)> {
    let of_segments = playlist.segments.iter().flat_map(|segment| {
        let count = segment.parts.len();
        segment
            .parts
            .iter()
            .enumerate()
            .map(move |(index, part)| (part, index + 1 == count))
    });
    of_segments.chain(playlist.open_parts.iter().map(|part| (part, false)))
}

/// Judges a playlist by itself and by what was served before it.
pub fn check(before: Option<&MediaPlaylist>, now: &MediaPlaylist) -> Vec<Violation> {
    let seen = Seen { before, now };
    RULES
        .iter()
        .filter_map(|rule| {
            Some(Violation {
                rule: rule.name,
                section: rule.section,
                what: (rule.check)(&seen)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:2\n\
        #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.0,CAN-SKIP-UNTIL=12.0\n\
        #EXT-X-PART-INF:PART-TARGET=1.0\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI=\"i.mp4\"\n\
        #EXT-X-PART:DURATION=1.0,URI=\"7.0\"\n#EXT-X-PART:DURATION=1.0,URI=\"7.1\"\n#EXTINF:2.0,\n7\n\
        #EXT-X-PART:DURATION=1.0,URI=\"8.0\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"8.1\"\n";

    fn broken(before: Option<&str>, now: &str) -> Vec<&'static str> {
        let before = before.map(MediaPlaylist::parse);
        let violations = check(before.as_ref(), &MediaPlaylist::parse(now));
        violations.into_iter().map(|violation| violation.rule).collect()
    }

    #[test]
    fn a_good_playlist_breaks_no_rule() {
        assert_eq!(broken(None, GOOD), [""; 0]);
        assert_eq!(broken(Some(GOOD), GOOD), [""; 0]);
    }

    #[test]
    fn each_fault_is_found_by_the_rule_for_it() {
        for (old, new, rule) in [
            ("#EXTM3U\n", "", "begins-with-extm3u"),
            (
                "PART-TARGET=1.0",
                "PART-TARGET=0.9",
                "no-part-exceeds-part-target",
            ),
            (
                "PART-TARGET=1.0",
                "PART-TARGET=1.5",
                "parts-are-85-percent-of-part-target",
            ),
            (
                "PART-HOLD-BACK=3.0",
                "PART-HOLD-BACK=2.0",
                "part-hold-back-is-three-parts",
            ),
            (
                "CAN-SKIP-UNTIL=12.0",
                "CAN-SKIP-UNTIL=11.0",
                "skip-boundary-is-six-target-durations",
            ),
            ("#EXTINF:2.0", "#EXTINF:3.0", "no-segment-exceeds-target-duration"),
            ("VERSION:9", "VERSION:5", "map-needs-version-6"),
            ("URI=\"7.1\"", "URI=\"7.0\"", "every-uri-is-named-once"),
        ] {
            assert!(
                broken(None, &GOOD.replacen(old, new, 1)).contains(&rule),
                "{rule}"
            );
        }
    }

    #[test]
    fn what_may_not_change_is_compared() {
        for (old, new, rule) in [
            (
                "TARGETDURATION:2",
                "TARGETDURATION:3",
                "target-duration-does-not-change",
            ),
            ("SEQUENCE:7", "SEQUENCE:6", "media-sequence-never-falls"),
            ("\n7\n", "\n7b\n", "listed-segments-do-not-change"),
            ("URI=\"8.0\"", "URI=\"8.x\"", "listed-parts-do-not-change"),
        ] {
            let now = GOOD.replacen(old, new, 1);
            assert!(broken(Some(GOOD), &now).contains(&rule), "{rule}");
        }
    }
}
