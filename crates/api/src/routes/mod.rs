//! Which path answers what. One file a resource and verb; a path that is here answers every method.

mod callbacks;
mod event_sources;
mod events;
mod members;
mod stream_keys;
mod tokens;
mod transcoding_profiles;
mod video_rooms;

pub(crate) use event_sources::EventSource;

use std::sync::Arc;

use actix_web::guard::{self, Guard};
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, Resource, ResponseError, Route, Scope, web};

use crate::error::ApiError;
use crate::operations::Metrics;
use crate::state::State;
use crate::{health, observe, openapi, operations, play, watch};

/// Adds everything to an actix-web application: the App API, playback, the watch page and the health checks.
pub fn configure(state: State) -> impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static {
    move |config| {
        // Paths are compared in this order: what is asked for most comes first.
        let scope = web::scope("")
            .configure(play::configure)
            .configure(video_rooms::configure)
            .configure(health)
            .configure(callbacks::configure)
            .configure(event_sources::configure)
            .configure(events::configure)
            .configure(members::configure)
            .configure(stream_keys::configure)
            .configure(tokens::configure)
            .configure(transcoding_profiles::configure)
            .configure(watch::configure)
            .configure(openapi::configure);
        shell(config, &state, scope);
    }
}

/// Adds what operators ask for: `/healthz`, `/readyz` and `/metrics`.
pub fn configure_operations(
    state: State,
    metrics: Arc<dyn Metrics>,
) -> impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static {
    move |config| {
        config.app_data(web::Data::from(metrics.clone()));
        let scope = web::scope("").configure(health).configure(operations::configure);
        shell(config, &state, scope);
    }
}

/// What is around every path, and what answers where there is none.
fn shell(config: &mut web::ServiceConfig, state: &State, scope: Scope) {
    let undecodable = |_, _: &HttpRequest| ApiError::parameter("a part of the path can't be decoded").into();
    let nowhere = || web::to(observe::no_such_path);
    config
        .app_data(web::Data::new(state.clone()))
        .app_data(web::PathConfig::default().error_handler(undecodable))
        .service(scope.default_service(nowhere()).wrap(from_fn(observe::observe)))
        // A target that is no path, as in `OPTIONS *`, is in no scope.
        .default_service(nowhere().wrap(from_fn(observe::observe)));
}

fn health(config: &mut web::ServiceConfig) {
    config
        .service(resource("/healthz", "GET, HEAD").route(get().to(health::healthz)))
        .service(resource("/readyz", "GET, HEAD").route(get().to(health::readyz)));
}

/// Paths that begin with `prefix`, in a scope of their own. A path is compared with one prefix after the other, which
/// costs next to nothing, and only then with the patterns below that prefix, each of which is a regular expression.
pub(crate) fn below(prefix: &str) -> Scope {
    web::scope(prefix).default_service(web::to(observe::no_such_path))
}

/// A path that takes the methods `allowed`, and answers others so.
pub(crate) fn resource(path: &str, allowed: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        ApiError::method(allowed).error_response()
    }))
}

/// `GET`, and `HEAD`, which is the same without the body.
pub(crate) fn get() -> Route {
    web::route().guard(get_or_head())
}

fn get_or_head() -> impl Guard {
    guard::Any(guard::Get()).or(guard::Head())
}
