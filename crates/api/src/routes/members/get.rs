//! `GET /members/{appUserId}`: reads a member.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::Caller;
use crate::json::{self, MemberJson};
use crate::state::State;

pub(super) async fn get(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let view = state
        .read(caller, move |application, app| async move {
            Ok(application.get_member(app, &id).await?)
        })
        .await?;
    json::answer(StatusCode::OK, &MemberJson::from(&view))
}
