//! `/video-rooms`: the rooms of the calling app.

mod cancel;
mod create;
mod delete;
mod end;
mod get;
mod list;
mod patch;
mod start;
mod whitelist;

use actix_web::web::{self, ServiceConfig};

use super::{below, get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        below("/v2/apps/me/video-rooms")
            .service(
                resource("", "GET, HEAD, POST")
                    .route(get().to(list::list))
                    .route(web::post().to(create::create)),
            )
            .service(
                resource("/{videoRoomId}", "GET, HEAD, PATCH, DELETE")
                    .route(get().to(get::get))
                    .route(web::patch().to(patch::patch))
                    .route(web::delete().to(delete::delete)),
            )
            .service(
                resource("/{videoRoomId}/rtmp-broadcast/state/live", "POST")
                    .route(web::post().to(start::start)),
            )
            .service(
                resource("/{videoRoomId}/rtmp-broadcast/state/ended", "POST").route(web::post().to(end::end)),
            )
            .service(
                resource("/{videoRoomId}/rtmp-broadcast/state/cancelled", "POST")
                    .route(web::post().to(cancel::cancel)),
            )
            .configure(whitelist::configure),
    );
}
