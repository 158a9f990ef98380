//! A back end that calls a platform from any thread, whether or not it is answered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

use super::{APP_KEY, APP_SECRET, Answer};

/// What calls the App API of one process.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(super) agent: Agent,
    pub(super) http: String,
}

impl Caller {
    /// Calls (`path` behind `/v2/apps/me`) as the app of [`APP_KEY`], with an `Idempotency-Key` if there is one; an error
    /// is a call that was not answered.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        idempotency_key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, ureq::Error> {
        let body = body.map_or_else(String::new, Value::to_string);
        self.call_as((APP_KEY, APP_SECRET), method, path, idempotency_key, body)
    }

    pub(super) fn call_as(
        &self,
        (key, secret): (&str, &str),
        method: &str,
        path: &str,
        idempotency_key: Option<&str>,
        body: String,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/v2/apps/me{path}", self.http))
            .header(
                "Authorization",
                format!("Basic {}", STANDARD.encode(format!("{key}:{secret}"))),
            )
            .header("Content-Type", "application/json");
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        Answer::read(self.agent.run(request.body(body)?)?)
    }
}
