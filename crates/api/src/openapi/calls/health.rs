//! `/healthz` and `/readyz`.

use application::ErrorCode::InternalServerError;
use serde_json::json;
use utoipa::openapi::HttpMethod;

use super::super::call::{Call, OPERATION as TAG};
use crate::health::{HealthJson, ReadinessJson};

pub(super) fn calls() -> Vec<Call> {
    let ready = json!({ "status": "UP", "checks": { "storage": "UP", "media": "UP", "serving": "UP" } });
    let missing =
        json!({ "status": "DOWN", "checks": { "storage": "DOWN", "media": "UP", "serving": "UP" } });
    vec![
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/healthz",
            "getHealth",
            "Whether the process answers",
        )
        .answers::<HealthJson>("200", "It does.", json!({ "status": "UP" })),
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/readyz",
            "getReadiness",
            "Whether the process is ready for work",
        )
        .answers::<ReadinessJson<'_>>("200", "It is.", ready)
        .answers::<ReadinessJson<'_>>("503", "Something is missing.", missing)
        .refuses(&[InternalServerError]),
    ]
}
