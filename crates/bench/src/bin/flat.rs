//! What a stream costs among many, against what it costs among few.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use bench::platform::Platform;
use bench::report::{figure, median, plain};
use bench::streams;
use clap::Parser;
use tempfile::TempDir;

/// Compares the CPU of a stream among many publishers with that of one among few.
#[derive(Parser)]
struct Arguments {
    /// Publishers at a time, few of them.
    #[arg(long, default_value_t = 50)]
    few: usize,
    /// Publishers at a time, many of them.
    #[arg(long, default_value_t = 200)]
    many: usize,
    /// How long each is measured a round, after 30 s of warming up.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Rounds of both, one after the other; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let time = Duration::from_secs(arguments.seconds);
    let mut costs = [(arguments.few, Vec::new()), (arguments.many, Vec::new())];
    for round in 1..=arguments.rounds {
        for (count, costs) in &mut costs {
            eprintln!("round {round} of {}: {count} publishers", arguments.rounds);
            let directory = TempDir::new()?;
            let platform = Platform::start(directory.path())?;
            let addresses = streams::addresses(&platform, *count)?;
            let cost = streams::cost(platform.process.pid(), &addresses, time, || platform.held()).await?;
            costs.push(cost.cpu);
        }
    }
    let [few, many] = costs.map(|(_, costs)| median(costs));
    let (few_streams, many_streams) = (arguments.few, arguments.many);
    plain(
        &format!("{few_streams} publishers: CPU a stream-second"),
        few,
        "ms",
    );
    plain(
        &format!("{many_streams} publishers: CPU a stream-second"),
        many,
        "ms",
    );
    let name = format!("{many_streams} / {few_streams} publishers: CPU a stream-second");
    Ok(if figure(&name, many / few, 1.1, "x") {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
