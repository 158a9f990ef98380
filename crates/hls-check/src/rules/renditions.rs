//! Two media playlists of one presentation, fetched one right after the other: players switch between them.

use super::changes::OfChange;
use super::{Rule, fails, none_of, rule};
use crate::playlist::{MediaPlaylist, attributes};
use crate::text::attribute;

/// How far the same content may be apart by its dates, in milliseconds: a frame of either kind begins where it can.
const SAME: u64 = 250;

/// The date at which what a playlist lists ends, in milliseconds.
fn end(playlist: &MediaPlaylist) -> Option<f64> {
    let last = playlist.segments.last()?;
    let open: f64 = playlist.open.parts.iter().map(|part| part.duration).sum();
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this age are exact in an f64"
    )]
    Some(last.date? as f64 + (last.duration + open) * 1_000.0)
}

/// The rules.
pub const RULES: &[Rule<OfChange>] = &[
    rule("renditions-have-one-target-duration", "6.2.4", |one, other| {
        fails(one.target != other.target, || {
            format!("{:?} and {:?}", one.target, other.target)
        })
    }),
    rule("renditions-offer-the-same", "6.2.4", |one, other| {
        let sorted = |playlist: &MediaPlaylist| {
            let list = playlist.server_control.clone()?;
            let mut all: Vec<_> = attributes(&list)
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            all.sort_unstable();
            Some(all.join(","))
        };
        one.server_control.as_ref().or(other.server_control.as_ref())?;
        fails(sorted(one) != sorted(other), || {
            format!("{:?} and {:?}", sorted(one), sorted(other))
        })
    }),
    rule("renditions-all-have-dates-or-none", "6.2.4", |one, other| {
        let dated = |playlist: &MediaPlaylist| playlist.has("PROGRAM-DATE-TIME");
        fails(dated(one) != dated(other), || "only one has dates".to_owned())
    }),
    rule(
        "renditions-have-the-same-discontinuities",
        "6.2.4",
        |one, other| {
            let mut both = one
                .discontinuities()
                .filter_map(|(number, sequence, segment)| {
                    let date = segment.date?;
                    let (_, others, _) = other.discontinuities().find(|(_, _, segment)| {
                        segment.date.is_some_and(|other| other.abs_diff(date) < SAME)
                    })?;
                    Some((number, sequence, others))
                })
                .peekable();
            both.peek()?;
            let wrong = both.find(|(_, sequence, others)| sequence != others);
            none_of(wrong.map(|(number, sequence, others)| {
                format!("segment {number} has {sequence}, beside {others}")
            }))
        },
    ),
    rule("renditions-end-together", "6.2.4", |one, other| {
        let (ours, theirs) = (end(one)?, end(other)?);
        let apart = (ours - theirs).abs() / 1_000.0;
        fails(apart > one.target?.min(other.target?), || {
            format!("one goes on for {apart:.3} s")
        })
    }),
    rule("renditions-report-each-other", "B.1", |one, other| {
        (one.part_target.is_some() && !one.ended && !other.ended).then_some(())?;
        let last = one
            .reports
            .iter()
            .filter_map(|list| attribute(list, "LAST-MSN")?.parse::<u64>().ok())
            .max();
        // Fetched first, it can't know of a part that came in between.
        let known = last.is_some_and(|last| last + 1 >= other.last_number().unwrap_or(0));
        fails(!known, || {
            format!("{last:?} is reported, {:?} is there", other.last_number())
        })
    }),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_tried, broken, good, with};
    use super::*;
    use crate::rules::judge_renditions;

    fn found(other: &str) -> Vec<&'static str> {
        broken(judge_renditions(
            &MediaPlaylist::parse(other),
            &MediaPlaylist::parse(&good()),
        ))
    }

    #[test]
    fn renditions_that_keep_together_break_no_rule() {
        assert_eq!(found(&good()), [""; 0]);
        assert_eq!(found(&good().replace("0.000Z", "0.010Z")), [""; 0]);
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let cases = [
            (
                "renditions-have-one-target-duration",
                with("TARGETDURATION:2", "TARGETDURATION:3"),
            ),
            (
                "renditions-offer-the-same",
                with("PART-HOLD-BACK=3.0", "PART-HOLD-BACK=3.5"),
            ),
            (
                "renditions-all-have-dates-or-none",
                good().replace("#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-OTHER"),
            ),
            (
                "renditions-have-the-same-discontinuities",
                with("#EXT-X-DISCONTINUITY\n", ""),
            ),
            (
                "renditions-end-together",
                good().replace("T00:00:20.000Z", "T00:00:23.000Z"),
            ),
            ("renditions-report-each-other", with("LAST-MSN=11", "LAST-MSN=8")),
        ];
        for (rule, text) in &cases {
            let found = found(text);
            assert!(found.contains(rule), "{rule}: {found:?}");
        }
        assert_all_tried(
            RULES.iter().map(|rule| rule.name),
            cases.iter().map(|case| case.0),
        );
    }
}
