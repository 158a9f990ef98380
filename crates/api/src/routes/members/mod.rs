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

use actix_web::guard::{self, GuardContext};
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

use super::{below, get, resource};

/// What the paths of logins take.
const LOGIN: &str = "GET, HEAD, POST, PATCH, DELETE";

/// With another method, a path of logins is that of the member of this `appUserId`.
fn is_no_members(request: &GuardContext<'_>) -> bool {
    !matches!(
        request.head().method,
        Method::GET | Method::HEAD | Method::PATCH | Method::DELETE
    )
}

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        below("/v2/apps/me/members")
            .service(
                resource("", "GET, HEAD, POST")
                    .route(get().to(list::list))
                    .route(web::post().to(register::register)),
            )
            .service(
                resource("/login", LOGIN)
                    .guard(guard::fn_guard(is_no_members))
                    .route(web::post().to(login::login)),
            )
            .service(
                resource("/login-as-guest", LOGIN)
                    .guard(guard::fn_guard(is_no_members))
                    .route(web::post().to(login_as_guest::login_as_guest)),
            )
            .service(
                resource("/{appUserId}", "GET, HEAD, PATCH, DELETE")
                    .route(get().to(get::get))
                    .route(web::patch().to(patch::patch))
                    .route(web::delete().to(delete::delete)),
            )
            .service(
                resource("/{appUserId}/stream-key", "GET, HEAD")
                    .route(get().to(get_stream_key::get_stream_key)),
            )
            .service(
                resource("/{appUserId}/stream-key/force-terminate", "POST")
                    .route(web::post().to(force_terminate::force_terminate)),
            ),
    );
}
