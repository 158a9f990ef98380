//! `/stream-keys`: the stream keys of the calling app's members.

mod force_terminate;
mod get;
mod health;
mod list;
mod patch;
mod reissue;

use actix_web::web::{self, ServiceConfig};

use super::{get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/v2/apps/me/stream-keys", "GET, HEAD").route(get().to(list::list)))
        .service(
            resource("/v2/apps/me/stream-keys/{streamKeyId}", "GET, HEAD, PATCH")
                .route(get().to(get::get))
                .route(web::patch().to(patch::patch)),
        )
        .service(
            resource("/v2/apps/me/stream-keys/{streamKeyId}/health", "GET, HEAD")
                .route(get().to(health::health)),
        )
        .service(
            resource("/v2/apps/me/stream-keys/{streamKeyId}/reissue", "POST")
                .route(web::post().to(reissue::reissue)),
        )
        .service(
            resource("/v2/apps/me/stream-keys/{streamKeyId}/force-terminate", "POST")
                .route(web::post().to(force_terminate::force_terminate)),
        );
}
