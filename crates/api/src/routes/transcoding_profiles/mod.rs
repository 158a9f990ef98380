//! `/transcoding-profiles`: what can be made of a publisher's media.

mod get;
mod list;

use actix_web::web::ServiceConfig;

use super::{below, get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        below("/v2/apps/me/transcoding-profiles")
            .service(resource("", "GET, HEAD").route(get().to(list::list)))
            .service(resource("/{profileId}", "GET, HEAD").route(get().to(get::get))),
    );
}
