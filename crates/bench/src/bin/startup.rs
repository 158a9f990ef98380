//! What a person waits for, and what an idle platform holds: each beside the bound that it is held to.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bench::platform::Platform;
use bench::publishers::Publishers;
use bench::report::figure;
use bench::{clip, process};
use clap::Parser;
use serde_json::Value;
use tempfile::TempDir;

/// Measures: ready on an existing store, memory when idle, publish to ACTIVE, page to first picture.
#[derive(Parser)]
struct Arguments {
    /// The project's directory, for the headless browser that opens the page.
    #[arg(long, default_value = ".")]
    project: PathBuf,
}

/// The clip's GOP, after which the first segment is complete.
const SEGMENT: f64 = 2.0;

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let directory = TempDir::new()?;
    drop(Platform::start(directory.path())?);
    let platform = Platform::start(directory.path())?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = process::memory(platform.process.pid())?;

    let api = platform.api();
    let address = api.publishing_address("1")?;
    let clip = clip::looped()?;
    let began = Instant::now();
    let mut publishers = Publishers::start(&[address], &clip).await?;
    tokio::task::block_in_place(|| api.await_key("1", "ACTIVE"))?;
    let active = began.elapsed();

    let live = api.start(api.room("1")?)?;
    let id = live
        .split('/')
        .rev()
        .nth(1)
        .context("no playback id in liveUrl")?;
    publishers.run_for(Duration::from_secs(8)).await?;
    let first_picture = watch(&arguments.project, &format!("{}/watch/{id}", platform.http)).await?;

    let kept = [
        figure(
            "ready on an existing store",
            platform.ready_after.as_secs_f64() * 1_000.0,
            1_000.0,
            "ms",
        ),
        figure("memory when idle", mebibytes(idle), 50.0, "MiB"),
        figure("publish to ACTIVE", active.as_secs_f64(), SEGMENT + 0.3, "s"),
        figure("page to first picture", first_picture, 1_000.0, "ms"),
    ];
    Ok(if kept.iter().all(|kept| *kept) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Opens the page in a headless browser and answers the milliseconds to the first picture.
async fn watch(project: &std::path::Path, page: &str) -> Result<f64> {
    let mut command = Command::new("node");
    command
        .current_dir(project.join("web"))
        .args(["test/watch.mjs", page, "--seconds", "5"]);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await?
        .context("node is needed")?;
    ensure!(
        output.status.success(),
        "the page did not play: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let seen: Value = serde_json::from_slice(&output.stdout).context("the browser's report is not JSON")?;
    seen["firstPictureMs"]
        .as_f64()
        .context("no firstPictureMs in the browser's report")
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "some megabytes are exact in an f64"
)]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}
