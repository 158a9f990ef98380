//! `hls-check URL --seconds N`: checks a broadcast, prints a verdict a line, and fails if a rule is broken.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hls_check::watch;

/// Checks a live or ended broadcast against RFC 8216bis, as players would see it.
///
/// Prints a line for each rule: whether it was kept, its name, its section, and how often it applied; `-` says that
/// nothing came that it applies to. Ends with 1 if a rule was broken, and with 2 if nothing could be checked.
#[derive(Parser)]
struct Arguments {
    /// The multivariant playlist.
    url: String,
    /// How long to watch; every rendition gets its share.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match watch(&arguments.url, Duration::from_secs(arguments.seconds)) {
        Ok(report) => {
            println!("{report}");
            ExitCode::from(u8::from(!report.violations().is_empty()))
        }
        Err(error) => {
            eprint!("hls-check: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprint!(": {cause}");
                source = cause.source();
            }
            eprintln!();
            ExitCode::from(2)
        }
    }
}
