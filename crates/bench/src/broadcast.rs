//! A broadcast to be watched: a member who publishes into a room that is on air.

use std::time::Duration;

use anyhow::{Context as _, Result};
use media::flv::Looped;
use tokio::time::sleep;

use crate::platform::Platform;
use crate::publishers::Publishers;

/// A room on air, for as long as its publisher runs.
pub struct Broadcast {
    /// The publisher.
    pub publishers: Publishers,
    /// `host:port` of the platform.
    pub address: String,
    /// The path of everything that is played: `/live/ID/`.
    pub path: String,
}

impl Broadcast {
    /// Publishes the clip and starts a room with it, on a platform that has no other broadcast.
    pub async fn start(platform: &Platform, clip: &Looped) -> Result<Self> {
        let api = platform.api();
        let publishing = api.publishing_address("1")?;
        let publishers = Publishers::start(&[publishing], clip).await?;
        while !api.key_is("1", "ACTIVE")? {
            sleep(Duration::from_millis(50)).await;
        }
        let live = api.start(api.room("1")?)?;
        let address = platform.http.trim_start_matches("http://").to_owned();
        let path = live
            .strip_prefix(&platform.http)
            .and_then(|path| path.strip_suffix("index.m3u8"))
            .context("a liveUrl that is elsewhere")?
            .to_owned();
        Ok(Self {
            publishers,
            address,
            path,
        })
    }
}
