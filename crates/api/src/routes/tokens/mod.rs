//! Tokens: for players by the app, and made anew by whoever has a refresh token.

mod refresh;
mod streaming;

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

use super::resource;
use crate::cors::REFRESHERS;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/v2/apps/me/streaming-tokens", "POST").route(web::post().to(streaming::streaming)))
        .service(
            resource("/v2/members/tokens/refresh", REFRESHERS.methods)
                .route(web::post().to(refresh::refresh))
                .route(web::method(Method::OPTIONS).to(async || REFRESHERS.preflight())),
        );
}
