//! Delivery over HTTP/1.1: CPU a request for a segment and for a playlist, against nginx serving the same bytes as files.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bench::broadcast::Broadcast;
use bench::nginx::Nginx;
use bench::platform::Platform;
use bench::report::{figure, median, plain};
use bench::{clip, load, process};
use clap::Parser;
use tempfile::TempDir;

/// Compares what a segment and a playlist cost the platform with what the same bytes cost nginx.
#[derive(Parser)]
struct Arguments {
    /// Segments that are asked for a round and side.
    #[arg(long, default_value_t = 2_000)]
    segments: usize,
    /// Playlists that are asked for a round and side.
    #[arg(long, default_value_t = 40_000)]
    playlists: usize,
    /// Connections that ask at a time.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Rounds of both sides, one after the other; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// Bits per second that make segments of 690 kB in 2 s.
const BITRATE: u64 = 2_888_000;

/// Until the playlist has as many segments as its window takes.
const WARM_UP: Duration = Duration::from_secs(16);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let directory = TempDir::new()?;
    let platform = Platform::start(directory.path())?;
    let mut broadcast = Broadcast::start(&platform, &clip::looped_at(BITRATE)?).await?;
    broadcast.publishers.run_for(WARM_UP).await?;
    // The room stays on air, and so does its media; nothing else costs CPU now.
    let Broadcast {
        publishers,
        address,
        path,
    } = broadcast;
    drop(publishers);
    platform.api().await_key("1", "INACTIVE_LIVE")?;

    let playlist_path = format!("{path}video.m3u8");
    let playlist = fetch(&address, &playlist_path)?;
    let text = String::from_utf8(playlist.clone())?;
    // The oldest: the last one was cut short when its publisher went.
    let segment = text
        .lines()
        .find(|line| !line.starts_with('#'))
        .context("no segment in the playlist")?;
    let segment_path = format!("{path}{segment}");
    let bytes = fetch(&address, &segment_path)?;
    let nginx = Nginx::with_files(&[("video.m3u8", &playlist), ("segment.m4s", &bytes)])?;

    let mut kept = true;
    for (what, path, file, length, requests, bound) in [
        (
            "segment",
            &segment_path,
            "/segment.m4s",
            bytes.len(),
            arguments.segments,
            1.75,
        ),
        (
            "playlist",
            &playlist_path,
            "/video.m3u8",
            playlist.len(),
            arguments.playlists,
            1.5,
        ),
    ] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 1..=arguments.rounds {
            eprintln!("{what}: round {round} of {}", arguments.rounds);
            let ask = (requests, arguments.connections);
            theirs.push(cost(nginx.process.pid(), &nginx.address(), file, ask).await?);
            ours.push(cost(platform.process.pid(), &address, path, ask).await?);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        println!("{what} of {length} bytes, {} connections", arguments.connections);
        plain("nginx: CPU a request", theirs, "us");
        plain("videoroom: CPU a request", ours, "us");
        kept &= figure(&format!("videoroom / nginx: {what}"), ours / theirs, bound, "x");
    }
    Ok(if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn fetch(address: &str, path: &str) -> Result<Vec<u8>> {
    let mut answer = ureq::get(format!("http://{address}{path}")).call()?;
    Ok(answer.body_mut().read_to_vec()?)
}

/// Microseconds of CPU a request.
#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "some thousand requests are exact in an f64"
)]
async fn cost(pid: u32, address: &str, path: &str, (requests, connections): (usize, usize)) -> Result<f64> {
    load::get(address, path, None, connections, requests / 10).await?;
    let before = process::cpu(pid)?;
    load::get(address, path, None, connections, requests).await?;
    let used = process::cpu(pid)?.saturating_sub(before);
    Ok(used.as_secs_f64() * 1_000_000.0 / requests as f64)
}
