//! How soon parts are there: from the first picture of a part being sent to a player being told of it, with many publishers.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bench::latency::Watchers;
use bench::platform::Platform;
use bench::publishers::Publishers;
use bench::report::{figure, percentile, plain};
use bench::{clip, streams};
use clap::Parser;
use tempfile::TempDir;

/// Publishes many broadcasts and watches each by low-latency HLS.
#[derive(Parser)]
struct Arguments {
    /// Publishers at a time.
    #[arg(long, default_value_t = 50)]
    streams: usize,
    /// How long is measured, after 10 s of warming up.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

const WARM_UP: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let directory = TempDir::new()?;
    let platform = Platform::start(directory.path())?;
    let addresses = streams::addresses(&platform, arguments.streams)?;
    let mut publishers = Publishers::start(&addresses, &clip::looped()?).await?;
    publishers.run_for(WARM_UP).await?;
    let paths = (0..arguments.streams).map(|n| on_air(&platform, &format!("bench-{n}")));
    let paths = paths.collect::<Result<Vec<_>>>()?;
    let sent = publishers.sent().to_vec();
    let mut watchers = Watchers::start(platform.address(), paths.into_iter().zip(sent));
    for (time, counts) in [(WARM_UP, false), (Duration::from_secs(arguments.seconds), true)] {
        tokio::select! {
            ended = publishers.run_for(time) => ended?,
            ended = watchers.ended() => ended?,
        }
        if !counts {
            watchers.beyond();
        }
    }
    let mut beyond = watchers.beyond();
    beyond.sort_unstable();
    println!(
        "{} publishers, each watched in parts of 333 ms: {} parts",
        arguments.streams,
        beyond.len()
    );
    let name = "first picture of a part sent to part named, beyond the part's duration";
    plain(&format!("{name}, p50"), percentile(&beyond, 50), "ms");
    Ok(
        if figure(&format!("{name}, p95"), percentile(&beyond, 95), 20.0, "ms") {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        },
    )
}

/// Puts a member's room on air; answers the path of what is played.
fn on_air(platform: &Platform, member: &str) -> Result<String> {
    let api = platform.api();
    api.await_key(member, "ACTIVE")?;
    let live = api.start(api.room(member)?)?;
    let path = live
        .strip_prefix(&platform.http)
        .and_then(|path| path.strip_suffix("index.m3u8"));
    Ok(path.context("a liveUrl that is elsewhere")?.to_owned())
}
