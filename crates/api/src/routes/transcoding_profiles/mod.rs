//! `/transcoding-profiles`: what can be made of a publisher's media.

mod get;
mod list;

use actix_web::web::ServiceConfig;

use super::{get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/v2/apps/me/transcoding-profiles", "GET, HEAD").route(get().to(list::list)))
        .service(
            resource("/v2/apps/me/transcoding-profiles/{profileId}", "GET, HEAD").route(get().to(get::get)),
        );
}
