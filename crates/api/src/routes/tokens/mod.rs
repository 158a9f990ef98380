//! Tokens: for players by the app, and made anew by whoever has a refresh token.

mod refresh;
mod streaming;

use actix_web::web::{self, ServiceConfig};

use super::resource;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/v2/apps/me/streaming-tokens", "POST").route(web::post().to(streaming::streaming)))
        .service(resource("/v2/members/tokens/refresh", "POST").route(web::post().to(refresh::refresh)));
}
