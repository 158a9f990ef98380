//! `/video-rooms/{videoRoomId}/whitelist`: who may watch a room that is `RESTRICTED`.

use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::super::{get, resource};
use crate::error::ApiError;
use crate::extract::{Caller, Query, paging, room_id};
use crate::json::{self, MemberJson, PageJson};
use crate::state::State;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/{videoRoomId}/whitelist", "GET, HEAD").route(get().to(list)))
        .service(
            resource("/{videoRoomId}/whitelist/{appUserId}", "PUT, DELETE")
                .route(web::put().to(add))
                .route(web::delete().to(remove)),
        );
}

/// `GET`: a page of the members on it.
async fn list(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let query = request.query_string().to_owned();
    let (page, found) = state
        .call(caller, move |application, app| async move {
            let (id, page) = (room_id(&id)?, paging(&Query::parse(&query)?)?);
            Ok((page, application.list_whitelist(app, id, page).await?))
        })
        .await?;
    json::answer(StatusCode::OK, &PageJson::new(&found, page, MemberJson::from))
}

/// `PUT`: puts a member on it.
async fn add(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    state
        .call(caller, move |application, app| async move {
            let (id, member) = path.into_inner();
            Ok(application.add_to_whitelist(app, room_id(&id)?, &member).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE`: takes a member off it.
async fn remove(
    state: web::Data<State>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    state
        .call(caller, move |application, app| async move {
            let (id, member) = path.into_inner();
            Ok(application
                .remove_from_whitelist(app, room_id(&id)?, &member)
                .await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
