//! `/members`: the end users of the calling app, and their stream keys.

mod delete;
mod force_terminate;
mod get;
mod get_stream_key;
mod list;
mod login;
mod login_as_guest;
mod patch;
mod register;

use actix_web::guard;
use actix_web::web::{self, ServiceConfig};

use super::{get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/v2/apps/me/members", "GET, HEAD, POST")
                .route(get().to(list::list))
                .route(web::post().to(register::register)),
        )
        // With another method these are members of that `appUserId`.
        .service(
            web::resource("/v2/apps/me/members/login")
                .guard(guard::Post())
                .route(web::post().to(login::login)),
        )
        .service(
            web::resource("/v2/apps/me/members/login-as-guest")
                .guard(guard::Post())
                .route(web::post().to(login_as_guest::login_as_guest)),
        )
        .service(
            resource("/v2/apps/me/members/{appUserId}", "GET, HEAD, PATCH, DELETE")
                .route(get().to(get::get))
                .route(web::patch().to(patch::patch))
                .route(web::delete().to(delete::delete)),
        )
        .service(
            resource("/v2/apps/me/members/{appUserId}/stream-key", "GET, HEAD")
                .route(get().to(get_stream_key::get_stream_key)),
        )
        .service(
            resource(
                "/v2/apps/me/members/{appUserId}/stream-key/force-terminate",
                "POST",
            )
            .route(web::post().to(force_terminate::force_terminate)),
        );
}
