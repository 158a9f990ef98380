//! What is said on the terminal when a command fails: what failed, why, and what to do next.

use std::error::Error as StdError;
use std::fmt;

/// A failure that a person can do something about. `Display` says what failed, `source()` why.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    advice: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Failure {
    /// Says what failed and what to do about it.
    pub(crate) fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            advice: advice.into(),
            source: None,
        }
    }

    /// Adds why it failed.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The lines for the terminal: the chain of what failed and why, then the advice that is nearest to the cause.
pub(crate) fn report(error: &anyhow::Error) -> String {
    let causes = error.chain().skip(1).map(|cause| format!("\n  because: {cause}"));
    let advice = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<Failure>())
        .last();
    let advice = advice.map(|failure| format!("\n  try: {}", failure.advice));
    std::iter::once(format!("error: {error}"))
        .chain(causes)
        .chain(advice)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Failure, report};

    #[test]
    fn report_says_what_why_and_what_to_do() {
        let failure = Failure::new("can't listen on 127.0.0.1:80", "set http.bind to another address")
            .because(std::io::Error::from(std::io::ErrorKind::AddrInUse));
        let error = anyhow::Error::from(failure).context("the platform didn't start");
        assert_eq!(
            report(&error),
            "error: the platform didn't start\n  because: can't listen on 127.0.0.1:80\n  because: address in use\n  \
             try: set http.bind to another address"
        );
    }
}
