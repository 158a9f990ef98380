//! A media playlist after another one at the same address: what may have changed in between.

use super::{Judgement, ROUNDING, Rule, fails, none_of, rule};
use crate::playlist::{MediaPlaylist, Segment};

/// A rule about what was served before and what is served now.
pub type OfChange = fn(&MediaPlaylist, &MediaPlaylist) -> Judgement;

/// Both are whole, so that everything in them can be compared.
fn whole(before: &MediaPlaylist, now: &MediaPlaylist) -> Option<()> {
    (before.skipped == 0 && now.skipped == 0).then_some(())
}

/// The segments that both name, with their numbers.
fn common<'a>(
    before: &'a MediaPlaylist,
    now: &'a MediaPlaylist,
) -> impl Iterator<Item = (u64, &'a Segment, &'a Segment)> {
    now.numbered().filter_map(|(number, segment)| {
        let (_, old) = before.numbered().find(|(other, _)| *other == number)?;
        Some((number, old, segment))
    })
}

fn stays<T: PartialEq + std::fmt::Debug>(before: &T, now: &T) -> Judgement {
    fails(before != now, || format!("{before:?} became {now:?}"))
}

fn rises(before: u64, now: u64) -> Judgement {
    fails(now < before, || format!("{before} became {now}"))
}

/// The rules.
pub const RULES: &[Rule<OfChange>] =
    &[
        rule("target-duration-does-not-change", "6.2.1", |before, now| {
            stays(&before.target, &now.target)
        }),
        rule("part-target-does-not-change", "6.2.1", |before, now| {
            before.part_target.or(now.part_target)?;
            stays(&before.part_target, &now.part_target)
        }),
        rule("server-control-does-not-change", "6.2.1", |before, now| {
            before.server_control.as_ref().or(now.server_control.as_ref())?;
            stays(&before.server_control, &now.server_control)
        }),
        rule("media-sequence-never-falls", "6.2.2", |before, now| {
            rises(before.media_sequence, now.media_sequence)
        }),
        rule("removed-segments-are-counted", "6.2.2", |before, now| {
            whole(before, now)?;
            let first = now.segments.first()?;
            let place = before
                .segments
                .iter()
                .position(|segment| segment.uri == first.uri)?;
            let expected = before.media_sequence + u64::try_from(place).ok()?;
            fails(now.media_sequence != expected, || {
                format!("{} instead of {expected}", now.media_sequence)
            })
        }),
        rule("discontinuity-sequence-never-falls", "6.2.2", |before, now| {
            rises(before.discontinuity_sequence, now.discontinuity_sequence)
        }),
        rule(
            "segments-keep-their-discontinuity-sequence-number",
            "6.2.2",
            |before, now| {
                whole(before, now)?;
                common(before, now).next()?;
                let changed = now.discontinuities().find_map(|(number, sequence, _)| {
                    let (_, old, _) = before.discontinuities().find(|(other, ..)| *other == number)?;
                    (old != sequence).then(|| format!("{old} of segment {number} became {sequence}"))
                });
                none_of(changed)
            },
        ),
        rule("listed-segments-do-not-change", "6.2.1", |before, now| {
            common(before, now).next()?;
            let changed = common(before, now).find(|(_, old, new)| {
                let same = old.uri == new.uri
                    && (old.duration - new.duration).abs() < ROUNDING
                    && old.gap == new.gap
                    && old.date == new.date;
                // A delta update does not repeat the map of what it skips.
                !same || whole(before, now).is_some() && old.map != new.map
            });
            none_of(changed.map(|(number, ..)| format!("segment {number} is another")))
        }),
        rule("listed-segments-are-not-taken-back", "6.2.1", |before, now| {
            let last = before.last_number()?;
            fails(now.last_number() < Some(last), || {
                format!("segment {last} is gone, {:?} is the last", now.last_number())
            })
        }),
        rule("listed-parts-do-not-change", "6.2.1", |before, now| {
            let next = before.next_number();
            (now.next_number() >= next && !before.open.parts.is_empty()).then_some(())?;
            let parts = now.parts_of(next);
            // Far from the end they are named no longer.
            (!parts.is_empty() || now.next_number() == next).then_some(())?;
            fails(!parts.starts_with(&before.open.parts), || {
                format!("the parts of segment {next} are others")
            })
        }),
        rule("parts-are-removed-in-order", "6.2.2", |before, now| {
            common(before, now).find(|(_, old, _)| !old.parts.is_empty())?;
            let lost = |old: &Segment, new: &Segment| !old.parts.is_empty() && new.parts.is_empty();
            let kept = |old: &Segment, new: &Segment| !old.parts.is_empty() && !new.parts.is_empty();
            let first_kept = common(before, now).find(|(_, old, new)| kept(old, new));
            let last_lost = common(before, now).filter(|(_, old, new)| lost(old, new)).last();
            let wrong = first_kept
                .zip(last_lost)
                .filter(|((first, ..), (last, ..))| first < last);
            none_of(wrong.map(|((first, ..), (last, ..))| {
                format!("those of {last} are gone, those of {first} are not")
            }))
        }),
        rule("hinted-part-is-the-next-one", "4.4.5.3", |before, now| {
            let hint = before.part_hints.first()?;
            let next = before.next_number();
            let part = now.parts_of(next).get(before.open.parts.len())?;
            fails(part.uri != *hint, || {
                format!("{} came instead of {hint}", part.uri)
            })
        }),
        rule("lists-three-target-durations", "6.2.2", |before, now| {
            let removed = now.media_sequence > before.media_sequence;
            (removed && now.skipped == 0 && !now.ended).then_some(())?;
            fails(now.duration() < 3.0 * now.target?, || {
                format!("only {} s are left", now.duration())
            })
        }),
        rule("ended-stays-as-it-is", "6.2.1", |before, now| {
            before.ended.then_some(())?;
            fails(before.segments != now.segments || !now.ended, || {
                "the playlist changed after its end".to_owned()
            })
        }),
    ];

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_tried, broken, changed, good, with};
    use super::*;
    use crate::rules::judge_change;

    /// The good playlist when segment 11 is whole, and segment 4 is gone.
    fn later() -> String {
        let slid = with("#EXT-X-MEDIA-SEQUENCE:4", "#EXT-X-MEDIA-SEQUENCE:5");
        let slid = changed(
            &slid,
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:08.000Z\n#EXTINF:2.0,\n4.m4s\n",
            "",
        );
        let whole = "#EXT-X-PART:DURATION=1.0,URI=\"11.1.m4s\"\n#EXTINF:2.0,\n11.m4s\n";
        changed(&slid, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.1.m4s\"\n", whole)
    }

    fn found(before: &str, now: &str) -> Vec<&'static str> {
        broken(judge_change(
            &MediaPlaylist::parse(before),
            &MediaPlaylist::parse(now),
        ))
    }

    #[test]
    fn a_playlist_that_goes_on_breaks_no_rule() {
        assert_eq!(found(&good(), &later()), [""; 0]);
        assert_eq!(found(&later(), &(later() + "#EXT-X-ENDLIST\n")), [""; 0]);
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let ended = later() + "#EXT-X-ENDLIST\n";
        let parts = "#EXT-X-PART:DURATION=1.0,URI=\"9.0.m4s\",INDEPENDENT=YES\n\
            #EXT-X-PART:DURATION=1.0,URI=\"9.1.m4s\"\n";
        let cases = [
            ("target-duration-does-not-change", good(), changed(&later(), "TARGETDURATION:2", "TARGETDURATION:3")),
            ("part-target-does-not-change", good(), changed(&later(), "PART-TARGET=1.0", "PART-TARGET=1.1")),
            ("server-control-does-not-change", good(), changed(&later(), "HOLD-BACK=3.0", "HOLD-BACK=4.0")),
            ("media-sequence-never-falls", later(), good()),
            ("removed-segments-are-counted", good(), changed(&later(), "MEDIA-SEQUENCE:5", "MEDIA-SEQUENCE:6")),
            (
                "discontinuity-sequence-never-falls",
                good(),
                changed(&later(), "DISCONTINUITY-SEQUENCE:1", "DISCONTINUITY-SEQUENCE:0"),
            ),
            (
                "segments-keep-their-discontinuity-sequence-number",
                good(),
                changed(&later(), "#EXT-X-DISCONTINUITY\n", ""),
            ),
            ("listed-segments-do-not-change", good(), changed(&later(), "\n7.m4s\n", "\n7b.m4s\n")),
            ("listed-segments-do-not-change", good(), changed(&later(), "T00:00:14.000Z", "T00:00:14.001Z")),
            ("listed-segments-are-not-taken-back", later(), good()),
            ("listed-parts-do-not-change", good(), changed(&later(), "URI=\"11.0.m4s\"", "URI=\"11.x.m4s\"")),
            ("parts-are-removed-in-order", good(), changed(&later(), parts, "")),
            ("hinted-part-is-the-next-one", good(), changed(&later(), "URI=\"11.1.m4s\"", "URI=\"11.y.m4s\"")),
            (
                "lists-three-target-durations",
                good(),
                "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:9\n#EXTINF:2.0,\n9.m4s\n#EXTINF:2.0,\n10.m4s\n"
                    .to_owned(),
            ),
            ("ended-stays-as-it-is", ended, later()),
        ];
        for (rule, before, now) in &cases {
            let found = found(before, now);
            assert!(found.contains(rule), "{rule}: {found:?}");
        }
        assert_all_tried(
            RULES.iter().map(|rule| rule.name),
            cases.iter().map(|case| case.0),
        );
    }
}
