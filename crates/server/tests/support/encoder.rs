//! An encoder within the test's own process: the demo's clip, over and over, in real time.

#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::time::Duration;

use bytes::Bytes;
use media::flv::{Looped, read_file};
use media::rtmp::client::{PublishError, Publisher};
use tokio::task::JoinHandle;

use crate::support::Platform;

/// An encoder that loops the demo's clip in real time until it is dropped, and is content as long as it is let.
pub(crate) struct Encoder(JoinHandle<()>);

impl Encoder {
    /// One that publishes at a platform, which must let it in.
    pub(crate) async fn start(platform: &Platform, secret: &str) -> Self {
        let url = format!("{}/live/{secret}", platform.rtmp);
        Self::connect(&url).await.expect("the encoder is let in")
    }

    /// One that publishes there, if it is let in.
    pub(crate) async fn connect(url: &str) -> Result<Self, PublishError> {
        let clip = include_bytes!("../../assets/clip.flv");
        let clip = read_file(&Bytes::from_static(clip)).expect("a clip");
        let round = Looped::duration_of(&clip);
        let mut publisher = Publisher::connect(url).await?;
        Ok(Self(tokio::spawn(async move {
            let start = tokio::time::Instant::now();
            for media in Looped::new(clip, round) {
                let at = Duration::from_millis(media.timestamp.into());
                tokio::time::sleep_until(start + at).await;
                if publisher.send(&media).await.is_err() {
                    return;
                }
            }
        })))
    }

    /// Whether it was let until now.
    pub(crate) fn publishes(&self) -> bool {
        !self.0.is_finished()
    }

    /// Waits until it is cut off.
    pub(crate) async fn ended(&mut self) {
        // Nothing but its end comes of the task.
        let _ = (&mut self.0).await;
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.0.abort();
    }
}
