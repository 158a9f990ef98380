//! Ingest and packaging: CPU a stream-second and memory a stream, against nginx with its RTMP module writing HLS.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use bench::clip;
use bench::nginx::Nginx;
use bench::platform::Platform;
use bench::process;
use bench::publishers::Publishers;
use bench::report::{figure, median, plain};
use clap::Parser;
use tempfile::TempDir;

/// Compares what N publishers of a 720p clip cost the platform with what they cost nginx.
#[derive(Parser)]
struct Arguments {
    /// Publishers at a time.
    #[arg(long, default_value_t = 10)]
    streams: usize,
    /// How long each side is measured a round, after 30 s of warming up.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Rounds of both sides, one after the other; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Until every stream holds all that it retains.
const WARM_UP: Duration = Duration::from_secs(30);

/// What one side cost in one round.
struct Cost {
    /// Milliseconds of CPU a stream and second.
    cpu: f64,
    /// Bytes a stream.
    memory: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}: nginx", arguments.rounds);
        let nginx = Nginx::start()?;
        let addresses: Vec<_> = (0..arguments.streams)
            .map(|n| nginx.publishing_address(n))
            .collect();
        theirs.push(measure(nginx.process.pid(), &addresses, &arguments).await?);
        drop(nginx);

        eprintln!("round {round} of {}: videoroom", arguments.rounds);
        let directory = TempDir::new()?;
        let platform = Platform::start(directory.path())?;
        let api = platform.api();
        let addresses = (0..arguments.streams).map(|n| api.publishing_address(&format!("bench-{n}")));
        let addresses = addresses.collect::<Result<Vec<_>>>()?;
        ours.push(measure(platform.process.pid(), &addresses, &arguments).await?);
    }
    let cpu = |costs: &[Cost]| median(costs.iter().map(|cost| cost.cpu).collect());
    let memory = |costs: &[Cost]| median(costs.iter().map(|cost| cost.memory).collect());
    let mebibyte = 1_048_576.0;
    println!(
        "{} publishers, 1280x720, 30 frames/s, 2.5 Mbit/s each",
        arguments.streams
    );
    plain("nginx: CPU a stream-second", cpu(&theirs), "ms");
    plain("videoroom: CPU a stream-second", cpu(&ours), "ms");
    plain("nginx: memory a stream", memory(&theirs) / mebibyte, "MiB");
    let kept = [
        figure(
            "videoroom / nginx: CPU a stream-second",
            cpu(&ours) / cpu(&theirs),
            1.0,
            "x",
        ),
        figure(
            "videoroom: memory a stream",
            memory(&ours) / mebibyte,
            memory_bound() / mebibyte,
            "MiB",
        ),
    ];
    Ok(if kept.iter().all(|kept| *kept) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One and a half times what is retained, which is about twice the window of 12 s, and a mebibyte.
#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a few million bytes are exact in an f64"
)]
fn memory_bound() -> f64 {
    let retained = 2 * 12 * clip::BITRATE / 8;
    (retained * 3 / 2 + 1_048_576) as f64
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "some gigabytes and streams are exact in an f64"
)]
async fn measure(pid: u32, addresses: &[String], arguments: &Arguments) -> Result<Cost> {
    let idle = process::memory(pid)?;
    let clip = clip::looped()?;
    let mut publishers = Publishers::start(addresses, &clip).await?;
    publishers.run_for(WARM_UP).await?;
    let before = process::cpu(pid)?;
    let began = tokio::time::Instant::now();
    publishers.run_for(Duration::from_secs(arguments.seconds)).await?;
    let used = process::cpu(pid)?.saturating_sub(before);
    let stream_seconds = began.elapsed().as_secs_f64() * addresses.len() as f64;
    let grown = process::memory(pid)?.saturating_sub(idle);
    Ok(Cost {
        cpu: used.as_secs_f64() * 1_000.0 / stream_seconds,
        memory: grown as f64 / addresses.len() as f64,
    })
}
