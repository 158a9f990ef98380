//! What a request costs: CPU of the processes that answer it.

use anyhow::Result;

use crate::platform::Platform;
use crate::{load, process};

/// How requests are sent.
#[derive(Clone, Copy)]
pub struct Requests {
    /// How many are measured, after a tenth of them to warm up.
    pub count: usize,
    /// Connections that ask at a time.
    pub connections: usize,
}

/// Microseconds of CPU that each of these processes (with its children) uses for a GET of `path` at `address`.
#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "some thousand requests are exact in an f64"
)]
pub async fn of(address: &str, path: &str, requests: Requests, processes: &[u32]) -> Result<Vec<f64>> {
    let ask = |count| {
        load::get(
            address,
            path,
            Some(Platform::authorization()),
            requests.connections,
            count,
        )
    };
    ask((requests.count / 10).max(requests.connections)).await?;
    let before = processes
        .iter()
        .map(|pid| process::cpu(*pid))
        .collect::<Result<Vec<_>>>()?;
    ask(requests.count).await?;
    let after = processes
        .iter()
        .map(|pid| process::cpu(*pid))
        .collect::<Result<Vec<_>>>()?;
    let used = after.into_iter().zip(before);
    let used = used.map(|(after, before)| after.saturating_sub(before).as_secs_f64());
    Ok(used
        .map(|seconds| seconds * 1_000_000.0 / requests.count as f64)
        .collect())
}
