//! Logs: one event a line on standard error, and a filter that can be changed while the program runs.

mod filter;
mod json;
mod timestamp;

use std::io::{self, IsTerminal as _};

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use self::filter::Directives;
use crate::config::LogFormat;

/// Changes what is logged.
pub(crate) struct Filter(Directives);

impl Filter {
    /// Puts other directives in force.
    pub(crate) fn set(&self, directives: &str) -> anyhow::Result<()> {
        Ok(self.0.set(&beside(directives))?)
    }
}

/// Starts logging, in the format that was asked for, or else for people on a terminal and for machines elsewhere.
pub(crate) fn start(format: Option<LogFormat>, directives: &str) -> anyhow::Result<Filter> {
    let on_terminal = io::stderr().is_terminal();
    let directives = Directives::new(&beside(directives))?;
    let lines = match format {
        Some(LogFormat::Pretty) => pretty(on_terminal),
        None if on_terminal => pretty(on_terminal),
        Some(LogFormat::Json) | None => json().with_writer(io::stderr).boxed(),
    };
    tracing_subscriber::registry()
        .with(directives.clone())
        .with(lines)
        .try_init()?;
    Ok(Filter(directives))
}

/// What the HTTP server says of its threads is left out, and what it says of single connections: that somebody sends what is
/// not HTTP, or goes away, is no error of this program. The directives may ask for either.
fn beside(directives: &str) -> String {
    format!("{QUIET},{directives}")
}

/// What is left out unless it is asked for.
const QUIET: &str = "actix_server=warn,actix_http::h1::dispatcher=off,actix_http::h2::dispatcher=off";

fn pretty<S>(colours: bool) -> Box<dyn tracing_subscriber::Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fmt::layer().with_ansi(colours).with_writer(io::stderr).boxed()
}

fn json<S>() -> fmt::Layer<S, json::Members, json::Lines>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fmt::layer().fmt_fields(json::Members).event_format(json::Lines)
}
