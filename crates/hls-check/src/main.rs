//! `hls-check URL --seconds N`: checks a broadcast, prints a verdict a line, and fails if a rule is broken.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hls_check::{RULES, watch};

/// Checks the playlists of a live broadcast against RFC 8216bis.
#[derive(Parser)]
struct Arguments {
    /// The multivariant playlist.
    url: String,
    /// How long to watch.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let report = match watch(&arguments.url, Duration::from_secs(arguments.seconds)) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("hls-check: {error}");
            return ExitCode::from(2);
        }
    };
    for rule in RULES {
        let broken = report
            .violations
            .iter()
            .any(|(_, violation)| violation.rule == rule.name);
        if !broken {
            println!("ok    {} ({})", rule.name, rule.section);
        }
    }
    for (url, violation) in &report.violations {
        println!(
            "FAIL  {} ({}): {} in {url}",
            violation.rule, violation.section, violation.what
        );
    }
    println!(
        "{} playlists, {} blocking requests, {} violations",
        report.playlists,
        report.blocked,
        report.violations.len()
    );
    ExitCode::from(u8::from(!report.violations.is_empty()))
}
