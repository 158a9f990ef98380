//! The rules, by name and section, and how they judge.
//!
//! A rule answers nothing where it does not apply, so that a report can tell what was kept from what was never put to
//! the test. What a file of rules judges is said at its top; [`names`] lists all of them.

pub mod answers;
pub mod changes;
pub mod files;
pub mod low_latency;
pub mod multivariant;
pub mod renditions;
pub mod segments;
pub mod writing;

use crate::multivariant::Multivariant;
use crate::playlist::MediaPlaylist;
use answers::Exchange;
use files::Files;

/// What a rule is called, and where RFC 8216bis has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Words that say what is right.
    pub name: &'static str,
    /// The section.
    pub section: &'static str,
}

/// A requirement on what `F` takes.
#[derive(Debug, Clone, Copy)]
pub struct Rule<F> {
    /// What it is called.
    pub name: Name,
    judge: F,
}

/// What a rule says: nothing if it does not apply, else whether it is kept or what is wrong.
pub type Judgement = Option<Result<(), String>>;

/// A rule that was broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Name,
    /// What was seen.
    pub what: String,
}

/// What a rule that applied has said.
pub type Finding = Result<Name, Violation>;

/// How far decimals may be rounded.
const ROUNDING: f64 = 0.000_01;

const fn rule<F>(name: &'static str, section: &'static str, judge: F) -> Rule<F> {
    Rule {
        name: Name { name, section },
        judge,
    }
}

/// Kept unless `wrong`.
#[expect(clippy::unnecessary_wraps, reason = "what a rule answers that applies")]
fn fails(wrong: bool, what: impl FnOnce() -> String) -> Judgement {
    Some(if wrong { Err(what()) } else { Ok(()) })
}

/// Kept unless something wrong was found.
#[expect(clippy::unnecessary_wraps, reason = "what a rule answers that applies")]
fn none_of(wrong: Option<impl Into<String>>) -> Judgement {
    Some(wrong.map_or(Ok(()), |what| Err(what.into())))
}

fn findings<F>(rules: &[Rule<F>], judge: impl Fn(&F) -> Judgement) -> Vec<Finding> {
    let judged = rules
        .iter()
        .filter_map(|rule| Some((rule.name, judge(&rule.judge)?)));
    judged
        .map(|(rule, outcome)| outcome.map(|()| rule).map_err(|what| Violation { rule, what }))
        .collect()
}

/// Judges a media playlist by itself.
pub fn judge_media(now: &MediaPlaylist) -> Vec<Finding> {
    let mut found = findings(writing::RULES, |judge| judge(&now.text, &now.tags));
    found.extend(findings(segments::RULES, |judge| judge(now)));
    found.extend(findings(low_latency::RULES, |judge| judge(now)));
    found
}

/// Judges a media playlist by what was served before it.
pub fn judge_change(before: &MediaPlaylist, now: &MediaPlaylist) -> Vec<Finding> {
    findings(changes::RULES, |judge| judge(before, now))
}

/// Judges a multivariant playlist.
pub fn judge_multivariant(now: &Multivariant) -> Vec<Finding> {
    let mut found = findings(writing::RULES, |judge| judge(&now.text, &now.tags));
    found.extend(findings(multivariant::RULES, |judge| judge(now)));
    found
}

/// Judges two renditions of one presentation, fetched one right after the other.
pub fn judge_renditions(one: &MediaPlaylist, other: &MediaPlaylist) -> Vec<Finding> {
    findings(renditions::RULES, |judge| judge(one, other))
}

/// Judges an answer by what was asked.
pub fn judge_answer(exchange: &Exchange) -> Vec<Finding> {
    findings(answers::RULES, |judge| judge(exchange))
}

/// Judges what a playlist names.
pub fn judge_files(files: &Files) -> Vec<Finding> {
    findings(files::RULES, |judge| judge(files))
}

/// Every rule.
pub fn names() -> Vec<Name> {
    fn of<F>(rules: &[Rule<F>]) -> impl Iterator<Item = Name> {
        rules.iter().map(|rule| rule.name)
    }
    of(writing::RULES)
        .chain(of(multivariant::RULES))
        .chain(of(segments::RULES))
        .chain(of(low_latency::RULES))
        .chain(of(changes::RULES))
        .chain(of(renditions::RULES))
        .chain(of(answers::RULES))
        .chain(of(files::RULES))
        .collect()
}

/// What tests of rules share.
#[cfg(test)]
pub(crate) mod testing {
    use super::{Finding, Name};

    /// A live playlist that breaks no rule: seven segments of 2 s, the last two with their parts, and one in the making.
    pub(crate) fn good() -> String {
        let mut text = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:2\n\
            #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.0,CAN-SKIP-UNTIL=12.0\n\
            #EXT-X-PART-INF:PART-TARGET=1.0\n#EXT-X-MEDIA-SEQUENCE:4\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n\
            #EXT-X-MAP:URI=\"i.mp4\"\n"
            .to_owned();
        for number in 4..=10 {
            text += if number == 6 { "#EXT-X-DISCONTINUITY\n" } else { "" };
            text += &segment(number);
        }
        text + "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:22.000Z\n\
            #EXT-X-PART:DURATION=1.0,URI=\"11.0.m4s\",INDEPENDENT=YES\n\
            #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"11.1.m4s\"\n\
            #EXT-X-RENDITION-REPORT:URI=\"audio.m3u8\",LAST-MSN=11,LAST-PART=0\n"
    }

    fn segment(number: u32) -> String {
        let date = format!("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:{:02}.000Z", number * 2);
        let whole = format!("#EXTINF:2.0,\n{number}.m4s\n");
        if number < 8 {
            return format!("{date}\n{whole}");
        }
        let part = |part: u32| format!("#EXT-X-PART:DURATION=1.0,URI=\"{number}.{part}.m4s\"");
        format!("{date}\n{},INDEPENDENT=YES\n{}\n{whole}", part(0), part(1))
    }

    /// The good playlist once `old` in it is `new`.
    #[track_caller]
    pub(crate) fn with(old: &str, new: &str) -> String {
        changed(&good(), old, new)
    }

    /// A text once `old` in it is `new`.
    #[track_caller]
    pub(crate) fn changed(text: &str, old: &str, new: &str) -> String {
        let changed = text.replacen(old, new, 1);
        assert_ne!(text, changed, "there is no {old:?}");
        changed
    }

    /// The names of the rules that were broken.
    pub(crate) fn broken(findings: Vec<Finding>) -> Vec<&'static str> {
        let violations = findings.into_iter().filter_map(Result::err);
        violations.map(|violation| violation.rule.name).collect()
    }

    /// Fails unless each rule has a case.
    #[track_caller]
    pub(crate) fn assert_all_tried<'a>(
        rules: impl Iterator<Item = Name>,
        tried: impl Iterator<Item = &'a str>,
    ) {
        let tried: Vec<_> = tried.collect();
        let untried: Vec<_> = rules
            .map(|rule| rule.name)
            .filter(|name| !tried.contains(name))
            .collect();
        assert!(untried.is_empty(), "no case breaks {untried:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_have_one_name() {
        let mut all: Vec<_> = names().into_iter().map(|rule| rule.name).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_good_playlist_breaks_no_rule() {
        let good = MediaPlaylist::parse(&testing::good());
        let findings = [judge_media(&good), judge_change(&good, &good)].concat();
        assert_eq!(testing::broken(findings), [""; 0]);
    }
}
