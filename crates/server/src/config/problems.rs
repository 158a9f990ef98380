//! What is wrong with a configuration: everything at once, each with its place.

use std::fmt;

use super::keys;
use super::source::Entry;
use crate::failure::Failure;

/// What is wrong, one line for each.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    /// Adds one.
    pub(crate) fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    /// Checks that a value's key exists and accepts it.
    pub(super) fn check(&mut self, Entry { key, text, origin }: &Entry) {
        let Some(known) = keys::find(key) else {
            let suggestion = keys::nearest(key)
                .and_then(keys::find)
                .map_or_else(String::new, |nearest| {
                    let variable = if origin.starts_with("environment") {
                        format!(" ({})", nearest.variable())
                    } else {
                        String::new()
                    };
                    format!("; did you mean {}{variable}?", nearest.name)
                });
            self.add(format!("{origin}: unknown key {key}{suggestion}"));
            return;
        };
        if !(known.accepts)(text) {
            let shown = if known.secret || text.contains('@') {
                "this value".to_owned()
            } else {
                format!("{text:?}")
            };
            self.add(format!(
                "{origin}: {key} can't be {shown}; accepted is {}",
                known.accepted
            ));
        }
    }

    /// Nothing, if there is nothing wrong.
    pub(crate) fn into_result(self) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let advice = "put this right and start again; `videoroom config` shows what is in force";
        Err(Failure::new(self.to_string(), advice))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration can't be used")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
