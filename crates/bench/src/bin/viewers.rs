//! Low-latency viewers: how soon each has a part after it was there, and what each costs the server on one core.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use bench::broadcast::Broadcast;
use bench::platform::Platform;
use bench::report::{figure, percentile, plain};
use bench::viewers::Viewers;
use bench::{clip, process};
use clap::Parser;
use tempfile::TempDir;
use tokio::time::Instant;

/// Watches one broadcast many times, with the platform on one core.
#[derive(Parser)]
struct Arguments {
    /// Viewers, each of both renditions.
    #[arg(long, default_value_t = 500)]
    viewers: usize,
    /// How long is measured, after 15 s of warming up.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

/// Bits per second of what is watched.
const BITRATE: u64 = 1_800_000;

const WARM_UP: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let directory = TempDir::new()?;
    let platform = Platform::start_on_core(directory.path(), 0)?;
    let pid = platform.process.pid();
    let mut broadcast = Broadcast::start(&platform, &clip::looped_at(BITRATE)?).await?;
    // Until as much of the broadcast is held as will be.
    broadcast.publishers.run_for(WARM_UP * 2).await?;
    let alone = process::memory(pid)?;

    let mut viewers = Viewers::start(&broadcast.address, &broadcast.path, arguments.viewers);
    viewers.run_for(WARM_UP).await?;
    viewers.taken();
    let (before, began) = (process::cpu(pid)?, Instant::now());
    viewers.run_for(Duration::from_secs(arguments.seconds)).await?;
    let used = process::cpu(pid)?.saturating_sub(before);
    let memory = process::memory(pid)?.saturating_sub(alone);
    let mut taken = viewers.taken();
    taken.sort_unstable();

    println!(
        "{} viewers of 1.8 Mbit/s in parts of 333 ms, on one core",
        arguments.viewers
    );
    plain(
        "parts taken a second",
        per(taken.len(), began.elapsed().as_secs_f64()),
        "",
    );
    plain(
        "CPU of the server, of one core",
        used.as_secs_f64() * 100.0 / began.elapsed().as_secs_f64(),
        "%",
    );
    plain("part named to part taken, p50", percentile(&taken, 50), "ms");
    let kept = [
        figure(
            "part named to part taken, p99",
            percentile(&taken, 99),
            100.0,
            "ms",
        ),
        figure(
            "memory a viewer",
            per(usize::try_from(memory)?, 1_000.0 * per(arguments.viewers, 1.0)),
            100.0,
            "kB",
        ),
    ];
    Ok(if kept.iter().all(|kept| *kept) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "some million parts and bytes are exact in an f64"
)]
fn per(count: usize, of: f64) -> f64 {
    count as f64 / of
}
