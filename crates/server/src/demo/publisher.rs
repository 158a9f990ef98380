//! An encoder that never gets tired: publishes the bundled clip in a loop, in real time.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use media::flv::{Looped, read_file};
use media::rtmp::client::Publisher;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// The clip: `scripts/make-clip` makes it.
static CLIP: &[u8] = include_bytes!("../../assets/clip.flv");

/// A publisher that runs until it is stopped or sent off.
pub(super) struct Publishing {
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Publishing {
    /// Begins to publish to `url`.
    pub(super) fn start(url: String) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(publish(url, stopped));
        Self { stop, task }
    }

    /// Waits until it ends by itself, which it should not.
    pub(super) async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.task).await {
            Ok(Ok(())) => anyhow::anyhow!("the publisher ended"),
            Ok(Err(error)) => error,
            Err(error) => error.into(),
        }
    }

    /// Ends the publication properly.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        // It may have ended by itself.
        let _ = self.stop.send(());
        self.task.await?
    }
}

async fn publish(url: String, mut stopped: oneshot::Receiver<()>) -> anyhow::Result<()> {
    let clip = read_file(&Bytes::from_static(CLIP)).context("the bundled clip can't be read")?;
    let round = Looped::duration_of(&clip);
    let mut publisher = Publisher::connect(&url).await.context("can't publish the clip")?;
    let start = Instant::now();
    let mut at = Duration::ZERO;
    let mut last = 0_u32;
    for media in Looped::new(clip, round) {
        // The clock is unwrapped: it has 32 bits, and the demo may run for months. Audio and video interleave, so a
        // timestamp may be a little smaller than the one before.
        let step = media.timestamp.wrapping_sub(last).cast_signed();
        if let Ok(step) = u64::try_from(step) {
            at += Duration::from_millis(step);
            last = media.timestamp;
        }
        tokio::select! {
            _ = &mut stopped => break,
            () = sleep_until(start + at) => {}
        }
        publisher
            .send(&media)
            .await
            .context("the publisher was sent off")?;
    }
    publisher.close().await.context("can't end the publication")
}
