//! `/healthz` and `/readyz`: whether the process answers, and whether it is ready for work.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use async_trait::async_trait;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::json::{self, words::UpOrDown};
use crate::state::State;

/// Tells what the process still misses to be ready.
#[async_trait]
pub trait Health: Send + Sync {
    /// Looks at everything that readiness needs. Runs on the main runtime.
    async fn readiness(&self) -> Readiness;
}

/// What readiness needs, by name, and whether it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readiness(Vec<(&'static str, bool)>);

impl Readiness {
    /// Adds a check under a name such as `storage`.
    #[must_use]
    pub fn with(mut self, name: &'static str, up: bool) -> Self {
        self.0.push((name, up));
        self
    }

    /// Whether nothing is missing.
    pub fn is_ready(&self) -> bool {
        self.0.iter().all(|(_, up)| *up)
    }
}

/// That the process answers.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthJson {
    #[schema(value_type = UpOrDown)]
    status: &'static str,
}

/// Whether the process is ready, and what it may miss.
#[derive(Serialize, ToSchema)]
#[schema(as = Readiness)]
pub(crate) struct ReadinessJson<'a> {
    #[schema(value_type = UpOrDown)]
    status: &'static str,
    /// Each thing that is needed, by name.
    #[schema(value_type = BTreeMap<String, UpOrDown>)]
    checks: Checks<'a>,
}

struct Checks<'a>(&'a Readiness);

impl Serialize for Checks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.0.len()))?;
        for (name, up) in &self.0.0 {
            map.serialize_entry(name, word(*up))?;
        }
        map.end()
    }
}

const fn word(up: bool) -> &'static str {
    if up { "UP" } else { "DOWN" }
}

/// `GET /healthz`: an answer is the answer.
pub(crate) async fn healthz() -> Result<HttpResponse, ApiError> {
    json::answer(StatusCode::OK, &HealthJson { status: word(true) })
}

/// `GET /readyz`: 503 names what is missing. A server that is stopping misses `serving`.
pub(crate) async fn readyz(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let health = state.health().clone();
    let checked = state.run(async move { Ok(health.readiness().await) }).await?;
    let readiness = checked.with("serving", !state.is_stopping());
    let ready = readiness.is_ready();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let answer = ReadinessJson {
        status: word(ready),
        checks: Checks(&readiness),
    };
    json::answer(status, &answer)
}
