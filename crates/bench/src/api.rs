//! The few calls of the App API that a benchmark makes.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// A caller of one platform, with one app's credentials.
pub struct Api {
    agent: ureq::Agent,
    base: String,
    authorization: String,
}

impl Api {
    /// A caller of the platform at `base` (`http://host:port`); `authorization` is the whole header's value.
    pub fn new(base: &str, authorization: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(true)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .new_agent();
        Self {
            agent,
            base: base.to_owned(),
            authorization: authorization.to_owned(),
        }
    }

    fn get(&self, path: &str) -> Result<Value> {
        let request = self
            .agent
            .get(format!("{}{path}", self.base))
            .header("authorization", &self.authorization);
        Ok(request
            .call()
            .with_context(|| format!("GET {path}"))?
            .body_mut()
            .read_json()?)
    }

    /// The body of the answer to a GET.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let request = self
            .agent
            .get(format!("{}{path}", self.base))
            .header("authorization", &self.authorization);
        Ok(request
            .call()
            .with_context(|| format!("GET {path}"))?
            .body_mut()
            .read_to_vec()?)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("authorization", &self.authorization);
        Ok(request
            .send_json(body)
            .with_context(|| format!("POST {path}"))?
            .body_mut()
            .read_json()?)
    }

    /// Registers a member and answers its publishing address.
    pub fn publishing_address(&self, member: &str) -> Result<String> {
        self.post("/v2/apps/me/members", &json!({"appUserId": member}))?;
        let key = self.get(&format!("/v2/apps/me/members/{member}/stream-key"))?;
        let ingest = key["ingestUrl"].as_str().context("no ingestUrl")?;
        let secret = key["streamKey"].as_str().context("no streamKey")?;
        Ok(format!("{ingest}/{secret}"))
    }

    /// Makes a room for a member and answers its id.
    pub fn room(&self, member: &str) -> Result<i64> {
        let wanted = json!({"appUserId": member, "type": "BROADCAST_RTMP", "title": "Benchmark",
            "description": "A room to be measured", "scheduledAt": "2026-01-01T00:00:00Z"});
        self.post("/v2/apps/me/video-rooms", &wanted)?["id"]
            .as_i64()
            .context("no id")
    }

    /// Puts a room on air and answers its `liveUrl`.
    pub fn start(&self, room: i64) -> Result<String> {
        let room = self.post(
            &format!("/v2/apps/me/video-rooms/{room}/rtmp-broadcast/state/live"),
            &json!({}),
        )?;
        Ok(room["liveUrl"].as_str().context("no liveUrl")?.to_owned())
    }

    /// Calls a room off.
    pub fn cancel(&self, room: i64) -> Result<()> {
        let path = format!("/v2/apps/me/video-rooms/{room}/rtmp-broadcast/state/cancelled");
        self.post(&path, &json!({})).map(drop)
    }

    /// Waits until a member's stream key is in this state.
    pub fn await_key(&self, member: &str, state: &str) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.key_is(member, state)? {
            if Instant::now() > deadline {
                bail!("the stream key of member {member} never became {state}");
            }
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Whether a member's stream key is in this state.
    pub fn key_is(&self, member: &str, state: &str) -> Result<bool> {
        Ok(self.get(&format!("/v2/apps/me/members/{member}/stream-key"))?["streamKeyState"] == state)
    }
}
