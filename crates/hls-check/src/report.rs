//! What came of watching a broadcast: how each rule stands, and what was seen of those that were broken.

use std::collections::BTreeMap;
use std::fmt;

use crate::rules::{Finding, Name, names};

/// How a rule stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How often it applied.
    pub applied: usize,
    /// What broke it, each address once, with what was seen there first.
    pub broken: BTreeMap<String, String>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Playlists that were judged.
    pub playlists: usize,
    /// Requests that waited for a part or a segment.
    pub blocked: usize,
    /// Segments, parts and init segments that were fetched.
    pub files: usize,
    standings: BTreeMap<Name, Standing>,
}

impl Report {
    /// Takes what was found at an address.
    pub(crate) fn note(&mut self, url: &str, findings: Vec<Finding>) {
        for finding in findings {
            let (rule, what) = match finding {
                Ok(rule) => (rule, None),
                Err(violation) => (violation.rule, Some(violation.what)),
            };
            let standing = self.standings.entry(rule).or_default();
            standing.applied += 1;
            if let Some(what) = what {
                standing.broken.entry(url.to_owned()).or_insert(what);
            }
        }
    }

    /// How a rule stands.
    pub fn standing(&self, rule: Name) -> Standing {
        self.standings.get(&rule).cloned().unwrap_or_default()
    }

    /// Each rule that was broken, where, and what was seen.
    pub fn violations(&self) -> Vec<String> {
        let broken = self.standings.iter().flat_map(|(rule, standing)| {
            let places = standing.broken.iter();
            places.map(|(url, what)| format!("{} ({}): {what}, at {url}", rule.name, rule.section))
        });
        broken.collect()
    }

    /// The names of the rules that never applied.
    pub fn untried(&self) -> Vec<&'static str> {
        let untried = names()
            .into_iter()
            .filter(|rule| self.standing(*rule).applied == 0);
        untried.map(|rule| rule.name).collect()
    }
}

/// A verdict a line, in the order of the rules; what was never put to the test is said to be so.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = names();
        let width = all.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
        for rule in &all {
            let Standing { applied, broken } = self.standing(*rule);
            let verdict = match (applied, broken.is_empty()) {
                (0, _) => "-",
                (_, true) => "ok",
                (_, false) => "FAIL",
            };
            writeln!(
                f,
                "{verdict:4}  {:width$}  {:9}  {applied} times",
                rule.name, rule.section
            )?;
            for (url, what) in broken {
                writeln!(f, "      {what}, at {url}")?;
            }
        }
        let (tried, broken) = (all.len() - self.untried().len(), self.violations().len());
        write!(
            f,
            "{} playlists, {} of them waited for, and {} files: {tried} of {} rules applied, {broken} violations",
            self.playlists,
            self.blocked,
            self.files,
            all.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Violation;

    #[test]
    fn what_was_never_tried_is_not_called_kept() {
        let rules = names();
        let mut report = Report::default();
        let broken = Violation {
            rule: rules[1],
            what: "three legs".to_owned(),
        };
        report.note("a", vec![Ok(rules[0]), Err(broken.clone())]);
        report.note("a", vec![Err(broken)]);
        let text = report.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert!(
            lines[0].starts_with("ok ") && lines[0].ends_with("1 times"),
            "{text}"
        );
        assert!(
            lines[1].starts_with("FAIL ") && lines[1].ends_with("2 times"),
            "{text}"
        );
        assert_eq!(lines[2], "      three legs, at a");
        assert!(lines[3].starts_with("- "), "{text}");
        assert_eq!(report.violations().len(), 1);
        assert_eq!(report.untried().len(), rules.len() - 2);
    }
}
