//! The App API as a customer's back end calls it.

use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ApiKeyId;
use ports::ApiSecret;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls the API with an app's credentials. A clone shares the connections.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
    authorization: String,
}

impl Client {
    /// A client of the platform at `http`.
    pub(crate) fn new(http: &str, key: &ApiKeyId, secret: &ApiSecret) -> Self {
        let credentials = STANDARD.encode(format!("{}:{}", key.as_str(), secret.expose()));
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false);
        Self {
            agent: config.build().into(),
            base: http.to_owned(),
            authorization: format!("Basic {credentials}"),
        }
    }

    /// Reads a resource.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call("GET", path, None).await
    }

    /// Makes or changes a resource.
    pub(crate) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.call("POST", path, Some(body)).await
    }

    /// Deletes a resource.
    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.call("DELETE", path, None).await.map(|_| ())
    }

    async fn call(&self, method: &'static str, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let (client, path) = (self.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || client.call_blocking(method, &path, body)).await?
    }

    fn call_blocking(&self, method: &str, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let what = || format!("{method} {path}");
        let body = body.map_or_else(String::new, |body| body.to_string());
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/v2/apps/me{path}", self.base))
            .header("Authorization", &self.authorization)
            .header("Content-Type", "application/json")
            .body(body)?;
        let mut response = self.agent.run(request).with_context(what)?;
        let text = response.body_mut().read_to_string().with_context(what)?;
        if !response.status().is_success() {
            bail!("{} was answered with {}: {text}", what(), response.status());
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(what)
    }

    /// Whether something that anybody may ask for is there.
    pub(crate) async fn is_there(&self, path: &str) -> anyhow::Result<bool> {
        let (agent, url) = (self.agent.clone(), format!("{}{path}", self.base));
        let answer = tokio::task::spawn_blocking(move || agent.get(&url).call()).await?;
        Ok(answer?.status().is_success())
    }
}
