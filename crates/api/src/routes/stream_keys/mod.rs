//! `/stream-keys`: the stream keys of the calling app's members.

mod force_terminate;
mod get;
mod health;
mod list;
mod patch;
mod reissue;

use actix_web::web::{self, ServiceConfig};

use super::{below, get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        below("/v2/apps/me/stream-keys")
            .service(resource("", "GET, HEAD").route(get().to(list::list)))
            .service(
                resource("/{streamKeyId}", "GET, HEAD, PATCH")
                    .route(get().to(get::get))
                    .route(web::patch().to(patch::patch)),
            )
            .service(resource("/{streamKeyId}/health", "GET, HEAD").route(get().to(health::health)))
            .service(resource("/{streamKeyId}/reissue", "POST").route(web::post().to(reissue::reissue)))
            .service(
                resource("/{streamKeyId}/force-terminate", "POST")
                    .route(web::post().to(force_terminate::force_terminate)),
            ),
    );
}
