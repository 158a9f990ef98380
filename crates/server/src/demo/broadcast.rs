//! The whole life of a broadcast, as an app's back end and its broadcaster go through it.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::client::Client;
use super::publisher::Publishing;

/// The app's own id for the one who broadcasts.
const MEMBER: &str = "demo";

/// How often a state is looked at that is waited for.
const LOOK: Duration = Duration::from_millis(100);

/// How long a state is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A broadcast, as far as it got.
pub(crate) struct Broadcast {
    client: Client,
    rtmp: String,
    public_http: String,
    publishing: Option<Publishing>,
    room: Option<Value>,
}

impl Broadcast {
    /// A broadcast that did not begin, of a publisher who reaches the platform at `rtmp`; players are told that it
    /// is at `public_http`.
    pub(crate) fn new(client: Client, rtmp: &str, public_http: &str) -> Self {
        Self {
            client,
            rtmp: rtmp.to_owned(),
            public_http: public_http.to_owned(),
            publishing: None,
            room: None,
        }
    }

    /// Goes on air, and answers the playback id when it can be played.
    pub(crate) async fn go_live(&mut self) -> anyhow::Result<String> {
        let member = json!({"appUserId": MEMBER, "appUserName": "VideoRoom demo"});
        self.client.post("/members", member).await?;
        self.end_what_was_left().await?;
        let key = self.stream_key().await?;
        let url = format!("{}/live/{}", self.rtmp, text(&key, "streamKey")?);
        self.publishing = Some(Publishing::start(url));

        let room = json!({
            "appUserId": MEMBER, "type": "BROADCAST_RTMP", "title": "VideoRoom demo",
            "scheduledAt": OffsetDateTime::now_utc().format(&Rfc3339)?,
        });
        let room = self.room.insert(self.client.post("/video-rooms", room).await?);
        let start = format!("{}/state/live", broadcast_of(room)?);
        self.wait_for_key("ACTIVE").await?;
        let room = self.room.insert(self.client.post(&start, json!({})).await?);
        let live_url = text(room, "liveUrl")?;
        let path = live_url
            .strip_prefix(&self.public_http)
            .context("liveUrl is somewhere else")?;
        let playback_id = path
            .rsplit('/')
            .nth(1)
            .context("liveUrl has no playback id")?
            .to_owned();
        let playable = async {
            while !self.client.is_there(path).await? {
                tokio::time::sleep(LOOK).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, playable)
            .await
            .context("the broadcast did not become playable")??;
        Ok(playback_id)
    }

    /// Waits until the publisher is sent off, which nobody should do.
    pub(crate) async fn interrupted(&mut self) -> anyhow::Error {
        match &mut self.publishing {
            Some(publishing) => publishing.failed().await,
            None => anyhow::anyhow!("nobody publishes"),
        }
    }

    /// Ends the broadcast properly, however far it got.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        if let Some(publishing) = self.publishing.take() {
            publishing.stop().await?;
        }
        let Some(room) = self.room.take() else {
            return Ok(());
        };
        let path = format!("/video-rooms/{}", room["id"]);
        if self.client.get(&path).await?["videoRoomState"] == "SCHEDULED" {
            return self.client.delete(&path).await;
        }
        self.wait_for_key("INACTIVE_LIVE").await?;
        self.client
            .post(&format!("{}/state/ended", broadcast_of(&room)?), json!({}))
            .await?;
        Ok(())
    }

    /// Ends the broadcast of a demo that was cut off.
    async fn end_what_was_left(&self) -> anyhow::Result<()> {
        let key = self.stream_key().await?;
        if key["videoRoom"].is_null() {
            return Ok(());
        }
        self.client
            .post(
                &format!("{}/state/ended", broadcast_of(&key["videoRoom"])?),
                json!({}),
            )
            .await?;
        Ok(())
    }

    async fn stream_key(&self) -> anyhow::Result<Value> {
        self.client.get(&format!("/members/{MEMBER}/stream-key")).await
    }

    async fn wait_for_key(&self, state: &str) -> anyhow::Result<()> {
        let reached = async {
            while self.stream_key().await?["streamKeyState"] != state {
                tokio::time::sleep(LOOK).await;
            }
            anyhow::Ok(())
        };
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        reached.with_context(|| format!("the stream key did not become {state}"))?
    }
}

fn text<'a>(of: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    of[field]
        .as_str()
        .with_context(|| format!("the answer has no {field}"))
}

/// The path below which a room's broadcast is started and ended.
fn broadcast_of(room: &Value) -> anyhow::Result<String> {
    match room["id"].as_i64() {
        Some(id) => Ok(format!("/video-rooms/{id}/rtmp-broadcast")),
        None => bail!("the answer has no id"),
    }
}
