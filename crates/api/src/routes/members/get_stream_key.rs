//! `GET /members/{appUserId}/stream-key`: reads a member's stream key, the key string included.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::Caller;
use crate::json::{self, StreamKeyJson};
use crate::state::State;

pub(super) async fn get_stream_key(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let view = state
        .read(caller, move |application, app| async move {
            Ok(application.get_member_stream_key(app, &id).await?)
        })
        .await?;
    json::answer(StatusCode::OK, &StreamKeyJson::new(&view, state.links()))
}
