//! What only operators ask for: `/metrics`.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, web};
use async_trait::async_trait;

use crate::error::ApiError;
use crate::routes::{get, resource};
use crate::state::State;

/// Tells what was counted.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// Everything counted so far, in the text format of Prometheus. Runs on the main runtime.
    async fn render(&self) -> String;
}

/// The path of the metrics.
pub(crate) const METRICS: &str = "/metrics";

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(resource(METRICS, "GET, HEAD").route(get().to(metrics)));
}

async fn metrics(state: web::Data<State>, metrics: web::Data<dyn Metrics>) -> Result<HttpResponse, ApiError> {
    let metrics = metrics.into_inner();
    let text = state.run(async move { Ok(metrics.render().await) }).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}
