//! What a server answers to requests for a media playlist, and when.

use super::{Judgement, Rule, fails, none_of, rule};
use crate::playlist::MediaPlaylist;

/// A rule about an answer.
pub type OfAnswer = fn(&Exchange) -> Judgement;

/// What a busy machine, the way there and the bursts of an encoder may add to what the standard gives, in seconds.
const LATENESS: f64 = 1.0;

/// What a request asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `_HLS_msn`.
    pub msn: Option<u64>,
    /// `_HLS_part`.
    pub part: Option<u64>,
    /// `_HLS_skip=YES`.
    pub skip: bool,
}

/// A request for a media playlist and its answer.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// The address without its query.
    pub path: String,
    /// What was asked for.
    pub asked: Asked,
    /// What was served just before.
    pub before: MediaPlaylist,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Its `Content-Type`.
    pub content_type: String,
    /// Seconds until the answer was there.
    pub waited: f64,
    /// Seconds from when the last segment of the playlist before was seen first until the answer was there, if that is
    /// known.
    pub since_segment: Option<f64>,
    /// The playlist, if that was the answer.
    pub now: MediaPlaylist,
}

impl Asked {
    /// The query that asks for it, with its question mark.
    pub fn query(&self) -> String {
        let msn = self.msn.map(|msn| format!("_HLS_msn={msn}"));
        let part = self.part.map(|part| format!("_HLS_part={part}"));
        let skip = self.skip.then(|| "_HLS_skip=YES".to_owned());
        let all: Vec<_> = [msn, part, skip].into_iter().flatten().collect();
        if all.is_empty() {
            String::new()
        } else {
            format!("?{}", all.join("&"))
        }
    }
}

impl Exchange {
    /// A live playlist that waits for what does not exist yet.
    fn blocks(&self) -> Option<()> {
        (self.before.can_block() && !self.before.ended).then_some(())
    }

    /// The answer is a playlist of a publisher that is there: an interruption is told by the hint that is missing.
    fn is_live(&self) -> bool {
        self.status == 200 && !self.now.part_hints.is_empty()
    }

    /// Whether the request names nothing that is more than a segment ahead.
    fn is_near(&self) -> bool {
        self.asked.msn.is_some_and(|msn| msn <= self.before.next_number())
    }

    fn asks_for_parts_past_the_last(&self) -> bool {
        let (Some(msn), Some(part)) = (self.asked.msn, self.asked.part) else {
            return false;
        };
        let known = self.before.parts_of(msn);
        Some(msn) == self.before.last_number()
            && !known.is_empty()
            && usize::try_from(part).is_ok_and(|part| part >= known.len())
    }

    fn has_part(&self, msn: u64, part: u64) -> bool {
        let last = self.now.last_number();
        let parts = self.now.parts_of(msn).len();
        last > Some(msn) || usize::try_from(part).is_ok_and(|part| part < parts)
    }

    fn refuses(&self) -> Judgement {
        fails(self.status != 400, || {
            format!("{} was answered {}", self.asked.query(), self.status)
        })
    }

    /// Whether segments are further from the end than a delta update goes.
    fn could_skip(&self) -> bool {
        let boundary = self.before.control("CAN-SKIP-UNTIL").unwrap_or(f64::INFINITY);
        let behind_first = self
            .before
            .segments
            .iter()
            .skip(1)
            .map(|segment| segment.duration);
        behind_first.sum::<f64>() > boundary
    }
}

/// The rules.
pub const RULES: &[Rule<OfAnswer>] = &[
    rule("a-playlist-is-known-by-its-name-or-type", "4", |seen| {
        (seen.status == 200).then_some(())?;
        let path = seen.path.to_ascii_lowercase();
        let named = [".m3u8", ".m3u"].iter().any(|ending| path.ends_with(ending));
        let kind = seen
            .content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let typed = matches!(kind.as_str(), "application/vnd.apple.mpegurl" | "audio/mpegurl");
        fails(!named && !typed, || format!("{} as {kind:?}", seen.path))
    }),
    rule("a-segment-is-waited-for", "6.2.5.2", |seen| {
        seen.blocks()?;
        let msn = seen
            .asked
            .msn
            .filter(|_| seen.asked.part.is_none() && seen.is_near() && seen.is_live())?;
        fails(seen.now.last_number() < Some(msn), || {
            format!("segment {msn} is not in the playlist")
        })
    }),
    rule("a-part-is-waited-for", "6.2.5.2", |seen| {
        seen.blocks()?;
        let (msn, part) = seen.asked.msn.zip(seen.asked.part)?;
        (seen.is_near() && seen.is_live() && !seen.asks_for_parts_past_the_last()).then_some(())?;
        fails(!seen.has_part(msn, part), || {
            format!("part {part} of {msn} is not in the playlist")
        })
    }),
    rule(
        "a-part-behind-the-last-is-the-first-of-the-next",
        "6.2.5.2",
        |seen| {
            seen.blocks()?;
            (seen.asks_for_parts_past_the_last() && seen.is_live()).then_some(())?;
            let next = seen.asked.msn? + 1;
            fails(!seen.has_part(next, 0), || {
                format!("part 0 of {next} is not in the playlist")
            })
        },
    ),
    rule("requests-of-the-near-future-are-answered", "6.2.5.2", |seen| {
        seen.blocks()?;
        (seen.is_near() && !seen.asks_for_parts_past_the_last()).then_some(())?;
        fails(!matches!(seen.status, 200 | 503), || {
            format!("{} was answered {}", seen.asked.query(), seen.status)
        })
    }),
    rule("waits-three-target-durations-at-most", "6.2.5.2", |seen| {
        seen.blocks()?;
        seen.asked.msn?;
        let limit = 3.0 * seen.before.target? + LATENESS;
        fails(seen.waited > limit, || format!("{:.1} s", seen.waited))
    }),
    rule("an-old-segment-brings-the-whole-playlist", "6.2.5.2", |seen| {
        seen.blocks()?;
        let msn = seen.asked.msn?;
        (!seen.asked.skip && seen.before.last_number() >= Some(msn) && seen.asked.part.is_none())
            .then_some(())?;
        let whole = seen.status == 200
            && seen.now.skipped == 0
            && seen.now.last_number() >= seen.before.last_number();
        fails(!whole, || {
            format!("{} was answered {}", seen.asked.query(), seen.status)
        })
    }),
    rule("far-future-is-refused", "6.2.5.2", |seen| {
        seen.blocks()?;
        let last = seen.before.last_number()?;
        // A segment may have come meanwhile.
        seen.asked.msn.filter(|msn| *msn > last + 3)?;
        seen.refuses()
    }),
    rule("part-without-segment-is-refused", "6.2.5.2", |seen| {
        seen.blocks()?;
        (seen.asked.part.is_some() && seen.asked.msn.is_none()).then_some(())?;
        seen.refuses()
    }),
    rule("after-the-end-nothing-is-waited-for", "6.2.5.2", |seen| {
        (seen.before.ended && seen.asked.msn.is_some()).then_some(())?;
        let same = seen.status == 200 && seen.now.segments == seen.before.segments;
        fails(!same || seen.waited > LATENESS, || {
            format!("{} after {:.1} s", seen.status, seen.waited)
        })
    }),
    rule("after-the-end-nothing-is-skipped", "6.2.5.1", |seen| {
        (seen.before.ended && seen.asked.skip).then_some(())?;
        fails(seen.status != 200 || seen.now.has("SKIP"), || {
            "there is an EXT-X-SKIP".to_owned()
        })
    }),
    rule("skipping-is-done-where-it-is-offered", "6.2.5.1", |seen| {
        (seen.asked.skip && !seen.before.ended && seen.could_skip()).then_some(())?;
        fails(seen.now.skipped == 0, || "there is no EXT-X-SKIP".to_owned())
    }),
    rule("a-delta-keeps-what-is-not-skipped", "6.2.5.1", |seen| {
        (seen.now.skipped > 0).then_some(())?;
        let missing = seen.before.numbered().find(|(number, segment)| {
            let kept = *number >= seen.now.media_sequence + seen.now.skipped;
            kept && !seen.now.segments.iter().any(|other| other.uri == segment.uri)
        });
        none_of(missing.map(|(number, _)| format!("segment {number} is missing")))
    }),
    rule("a-delta-keeps-within-the-boundary", "6.2.5.1", |seen| {
        (seen.now.skipped > 0).then_some(())?;
        let boundary = seen.now.control("CAN-SKIP-UNTIL");
        let kept = seen.now.duration();
        fails(boundary.is_none_or(|boundary| kept + 0.001 < boundary), || {
            format!("only {kept} s of {boundary:?} are left")
        })
    }),
    rule("skipping-leaves-the-discontinuity-sequence", "4.4.5.2", |seen| {
        (seen.now.skipped > 0 && seen.now.media_sequence == seen.before.media_sequence).then_some(())?;
        let (before, now) = (
            seen.before.discontinuity_sequence,
            seen.now.discontinuity_sequence,
        );
        fails(before != now, || format!("{before} became {now}"))
    }),
    rule("parts-follow-each-other-in-time", "6.2.1", |seen| {
        let target = seen.before.part_target?;
        let asks_for_next = seen.asked.msn == Some(seen.before.next_number())
            && seen.asked.part == u64::try_from(seen.before.open.parts.len()).ok();
        (asks_for_next && seen.is_live() && !seen.before.part_hints.is_empty()).then_some(())?;
        fails(seen.waited > target + LATENESS, || {
            format!("the next one came after {:.2} s", seen.waited)
        })
    }),
    rule("segments-follow-each-other-in-time", "6.2.2", |seen| {
        let (since, target) = seen.since_segment.zip(seen.before.target)?;
        let (before, now) = seen.before.last_number().zip(seen.now.last_number())?;
        let new: Vec<_> = seen
            .now
            .numbered()
            .filter(|(number, _)| *number > before)
            .collect();
        let went_on = seen.is_live()
            && !seen.before.part_hints.is_empty()
            && new
                .iter()
                .all(|(_, segment)| !segment.discontinuity && !segment.gap);
        (went_on && now > before).then_some(())?;
        let each = since / f64::from(u32::try_from(new.len()).unwrap_or(u32::MAX));
        fails(each > 1.5 * target + LATENESS, || {
            format!("{now} came {since:.2} s after {before}")
        })
    }),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_tried, broken, changed, good, with};
    use super::*;
    use crate::rules::judge_answer;

    fn exchange(msn: Option<u64>, part: Option<u64>, now: &str) -> Exchange {
        Exchange {
            path: "/live/video.m3u8".to_owned(),
            asked: Asked {
                msn,
                part,
                skip: false,
            },
            before: MediaPlaylist::parse(&good()),
            status: 200,
            now: MediaPlaylist::parse(now),
            ..Exchange::default()
        }
    }

    /// The good playlist with one more part.
    fn later() -> String {
        let hint = "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.1.m4s\"\n";
        let part =
            "#EXT-X-PART:DURATION=1.0,URI=\"11.1.m4s\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.2.m4s\"\n";
        with(hint, part)
    }

    /// The good playlist with the segment that was in the making.
    fn next_segment() -> String {
        let hint = "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.1.m4s\"\n";
        let rest = "#EXT-X-PART:DURATION=1.0,URI=\"11.1.m4s\"\n#EXTINF:2.0,\n11.m4s\n\
            #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"12.0.m4s\"\n";
        with(hint, rest)
    }

    fn after(since_segment: f64, exchange: Exchange) -> Exchange {
        Exchange {
            since_segment: Some(since_segment),
            ..exchange
        }
    }

    /// The good playlist where the first segment is skipped.
    fn delta() -> String {
        let map = "#EXT-X-MAP:URI=\"i.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:08.000Z\n#EXTINF:2.0,\n4.m4s\n";
        with(map, "#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n")
    }

    fn skips(mut exchange: Exchange) -> Exchange {
        exchange.asked.skip = true;
        exchange
    }

    fn ended(mut exchange: Exchange) -> Exchange {
        exchange.before.ended = true;
        exchange
    }

    #[test]
    fn proper_answers_break_no_rule() {
        let short = changed(&good(), "UNTIL=12.0", "UNTIL=11.0");
        let behind_a_discontinuity = changed(
            &next_segment(),
            "#EXTINF:2.0,\n11",
            "#EXT-X-DISCONTINUITY\n#EXTINF:2.0,\n11",
        );
        for exchange in [
            exchange(None, None, &good()),
            exchange(Some(11), Some(1), &later()),
            exchange(Some(10), Some(2), &good()),
            exchange(Some(0), None, &good()),
            after(2.9, exchange(Some(11), None, &next_segment())),
            after(60.0, exchange(Some(11), None, &behind_a_discontinuity)),
            after(60.0, exchange(Some(11), Some(1), &later())),
            skips(exchange(None, None, &delta())),
            ended(exchange(Some(99), None, &good())),
            ended(skips(exchange(None, None, &good()))),
            Exchange {
                status: 400,
                ..exchange(Some(99), None, "")
            },
            Exchange {
                status: 400,
                ..exchange(None, Some(0), "")
            },
            Exchange {
                before: MediaPlaylist::parse(&short),
                ..skips(exchange(None, None, &delta()))
            },
        ] {
            let found = broken(judge_answer(&exchange));
            assert_eq!(found, [""; 0], "{:?}", exchange.asked);
        }
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let refused = |exchange| Exchange {
            status: 404,
            ..exchange
        };
        let slow = |exchange| Exchange {
            waited: 7.1,
            ..exchange
        };
        let until_11 = with("UNTIL=12.0", "UNTIL=11.0");
        let cases = [
            (
                "a-playlist-is-known-by-its-name-or-type",
                Exchange {
                    path: "/live".to_owned(),
                    ..exchange(None, None, &good())
                },
            ),
            ("a-segment-is-waited-for", exchange(Some(11), None, &later())),
            ("a-part-is-waited-for", exchange(Some(11), Some(1), &good())),
            (
                "a-part-behind-the-last-is-the-first-of-the-next",
                exchange(
                    Some(10),
                    Some(2),
                    &with("#EXT-X-PART:DURATION=1.0,URI=\"11.0.m4s\",INDEPENDENT=YES\n", ""),
                ),
            ),
            (
                "requests-of-the-near-future-are-answered",
                refused(exchange(Some(11), Some(1), "")),
            ),
            (
                "waits-three-target-durations-at-most",
                slow(exchange(Some(11), Some(1), &later())),
            ),
            (
                "an-old-segment-brings-the-whole-playlist",
                exchange(Some(5), None, &delta()),
            ),
            ("far-future-is-refused", exchange(Some(14), None, &good())),
            (
                "part-without-segment-is-refused",
                exchange(None, Some(0), &good()),
            ),
            (
                "after-the-end-nothing-is-waited-for",
                ended(refused(exchange(Some(99), None, ""))),
            ),
            (
                "after-the-end-nothing-is-skipped",
                ended(skips(exchange(None, None, &delta()))),
            ),
            (
                "skipping-is-done-where-it-is-offered",
                Exchange {
                    before: MediaPlaylist::parse(&until_11),
                    ..skips(exchange(None, None, &good()))
                },
            ),
            (
                "a-delta-keeps-what-is-not-skipped",
                skips(exchange(
                    None,
                    None,
                    &changed(&delta(), "#EXTINF:2.0,\n7.m4s\n", ""),
                )),
            ),
            (
                "a-delta-keeps-within-the-boundary",
                skips(exchange(
                    None,
                    None,
                    &changed(&delta(), "UNTIL=12.0", "UNTIL=12.1"),
                )),
            ),
            (
                "skipping-leaves-the-discontinuity-sequence",
                skips(exchange(
                    None,
                    None,
                    &changed(&delta(), "DISCONTINUITY-SEQUENCE:1", "DISCONTINUITY-SEQUENCE:2"),
                )),
            ),
            (
                "parts-follow-each-other-in-time",
                slow(exchange(Some(11), Some(1), &later())),
            ),
            (
                "segments-follow-each-other-in-time",
                after(4.1, exchange(Some(11), None, &next_segment())),
            ),
        ];
        for (rule, exchange) in &cases {
            let found = broken(judge_answer(exchange));
            assert!(found.contains(rule), "{rule}: {found:?}");
        }
        assert_all_tried(
            RULES.iter().map(|rule| rule.name),
            cases.iter().map(|case| case.0),
        );
    }
}
