//! `/video-rooms`: the rooms of the calling app.

mod create;
mod delete;
mod end;
mod get;
mod list;
mod start;

use actix_web::web::{self, ServiceConfig};

use super::{get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/v2/apps/me/video-rooms", "GET, HEAD, POST")
                .route(get().to(list::list))
                .route(web::post().to(create::create)),
        )
        .service(
            resource("/v2/apps/me/video-rooms/{videoRoomId}", "GET, HEAD, DELETE")
                .route(get().to(get::get))
                .route(web::delete().to(delete::delete)),
        )
        .service(
            resource(
                "/v2/apps/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/live",
                "POST",
            )
            .route(web::post().to(start::start)),
        )
        .service(
            resource(
                "/v2/apps/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/ended",
                "POST",
            )
            .route(web::post().to(end::end)),
        );
}
