//! `/v2/members/me/event-sources`: what changes, told to members' devices as it happens (Server-Sent Events).

mod get;
mod stream;

pub(crate) use stream::EventSource;

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

use super::{get, resource};
use crate::cors::LISTENERS;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        resource("/v2/members/me/event-sources", LISTENERS.methods)
            .route(get().to(get::get))
            .route(web::method(Method::OPTIONS).to(async || LISTENERS.preflight())),
    );
}
