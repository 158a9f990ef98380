//! The load generator: any number of publishers from one process, each in real time.

use std::time::Duration;

use anyhow::{Context as _, Result};
use media::flv::Looped;
use media::rtmp::client::Publisher;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Publishers that run until this is dropped.
pub struct Publishers {
    tasks: JoinSet<Result<()>>,
}

impl Publishers {
    /// Publishes the clip to each address in real time; the publishers begin spread over one GOP, as in the field.
    /// Returns when all are let in.
    pub async fn start(addresses: &[String], clip: &Looped) -> Result<Self> {
        let mut tasks = JoinSet::new();
        let began = Instant::now();
        let count = u32::try_from(addresses.len())
            .context("too many publishers")?
            .max(1);
        for (at, address) in (0..).zip(addresses) {
            let publisher = Publisher::connect(address)
                .await
                .with_context(|| format!("publisher {at} was not let in"))?;
            let start = began + Duration::from_secs(2) / count * at;
            tasks.spawn(publish(publisher, clip.clone(), start));
        }
        Ok(Self { tasks })
    }

    /// Waits for as long, and fails as soon as a publisher does.
    pub async fn run_for(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        tokio::select! {
            () = sleep_until(end) => Ok(()),
            Some(ended) = self.tasks.join_next() => ended?.context("a publisher was sent off"),
        }
    }
}

async fn publish(mut publisher: Publisher, clip: Looped, start: Instant) -> Result<()> {
    let mut origin = None;
    for media in clip {
        let origin = *origin.get_or_insert(media.timestamp);
        let due = start + Duration::from_millis(u64::from(media.timestamp.wrapping_sub(origin)));
        if due > Instant::now() {
            publisher.flush().await?;
            sleep_until(due).await;
        }
        publisher.queue(&media);
    }
    Ok(publisher.close().await?)
}
