//! Ingest and packaging: CPU a stream-second and memory a stream, against nginx with its RTMP module writing HLS.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use bench::nginx::Nginx;
use bench::platform::Platform;
use bench::report::{figure, median, plain};
use bench::streams::{self, Cost};
use clap::Parser;
use tempfile::TempDir;

/// Compares what N publishers of a 720p clip cost the platform with what they cost nginx.
#[derive(Parser)]
struct Arguments {
    /// Publishers at a time.
    #[arg(long, default_value_t = 50)]
    streams: usize,
    /// How long each side is measured a round, after 30 s of warming up.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Rounds of both sides, one after the other; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// The most of nginx's CPU, and of the media that is held, that a stream may cost; and the bytes that come on top.
const CPU_BOUND: f64 = 0.5;
const MEMORY_BOUND: f64 = 1.2;
const MEMORY_BESIDE: f64 = 262_144.0;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let time = Duration::from_secs(arguments.seconds);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}: nginx", arguments.rounds);
        let nginx = Nginx::start()?;
        let addresses: Vec<_> = (0..arguments.streams)
            .map(|n| nginx.publishing_address(n))
            .collect();
        theirs.push(streams::cost(nginx.process.pid(), &addresses, time, || Ok(0)).await?);
        drop(nginx);

        eprintln!("round {round} of {}: videoroom", arguments.rounds);
        let directory = TempDir::new()?;
        let platform = Platform::start(directory.path())?;
        let addresses = streams::addresses(&platform, arguments.streams)?;
        ours.push(streams::cost(platform.process.pid(), &addresses, time, || platform.held()).await?);
    }
    let cpu = |costs: &[Cost]| median(costs.iter().map(|cost| cost.cpu).collect());
    let memory = |costs: &[Cost]| median(costs.iter().map(|cost| cost.memory).collect());
    let held = median(ours.iter().map(|cost| cost.held).collect());
    let mebibyte = 1_048_576.0;
    println!(
        "{} publishers, 1280x720, 30 frames/s, 2.5 Mbit/s each",
        arguments.streams
    );
    plain("nginx: CPU a stream-second", cpu(&theirs), "ms");
    plain("videoroom: CPU a stream-second", cpu(&ours), "ms");
    plain("nginx: memory a stream", memory(&theirs) / mebibyte, "MiB");
    plain("videoroom: media held a stream", held / mebibyte, "MiB");
    let kept = [
        figure(
            "videoroom / nginx: CPU a stream-second",
            cpu(&ours) / cpu(&theirs),
            CPU_BOUND,
            "x",
        ),
        figure(
            "videoroom: memory a stream",
            memory(&ours) / mebibyte,
            (held * MEMORY_BOUND + MEMORY_BESIDE) / mebibyte,
            "MiB",
        ),
    ];
    Ok(if kept.iter().all(|kept| *kept) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
