//! `GET /video-rooms/{videoRoomId}`: reads a room.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, room_id};
use crate::json::{self, VideoRoomJson};
use crate::state::State;

pub(super) async fn get(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let view = state
        .read(caller, move |application, app| async move {
            Ok(application.get_video_room(app, room_id(&id)?).await?)
        })
        .await?;
    json::answer(StatusCode::OK, &VideoRoomJson::new(&view, state.links()))
}
