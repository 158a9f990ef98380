//! What publishers cost a server: CPU and memory, a stream.

use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use crate::platform::Platform;
use crate::publishers::Publishers;
use crate::{clip, process};

/// Until every stream holds all that it retains.
const WARM_UP: Duration = Duration::from_secs(30);

/// What a stream cost.
pub struct Cost {
    /// Milliseconds of CPU a second.
    pub cpu: f64,
    /// Bytes of memory.
    pub memory: f64,
    /// Bytes of media that the server says it holds.
    pub held: f64,
}

/// The publishing addresses of so many new members.
pub fn addresses(platform: &Platform, count: usize) -> Result<Vec<String>> {
    let api = platform.api();
    (0..count)
        .map(|n| api.publishing_address(&format!("bench-{n}")))
        .collect()
}

/// Publishes to each address in real time, and measures the server for `time` once it holds all that it retains. `held`
/// says how many bytes of media that is.
#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "some gigabytes and streams are exact in an f64"
)]
pub async fn cost(
    pid: u32,
    addresses: &[String],
    time: Duration,
    held: impl Fn() -> Result<u64>,
) -> Result<Cost> {
    let idle = process::memory(pid)?;
    let clip = clip::looped()?;
    let mut publishers = Publishers::start(addresses, &clip).await?;
    publishers.run_for(WARM_UP).await?;
    let before = process::cpu(pid)?;
    let began = Instant::now();
    publishers.run_for(time).await?;
    let used = process::cpu(pid)?.saturating_sub(before);
    let streams = addresses.len() as f64;
    let stream_seconds = began.elapsed().as_secs_f64() * streams;
    let grown = process::memory(pid)?.saturating_sub(idle);
    Ok(Cost {
        cpu: used.as_secs_f64() * 1_000.0 / stream_seconds,
        memory: grown as f64 / streams,
        held: held()? as f64 / streams,
    })
}
