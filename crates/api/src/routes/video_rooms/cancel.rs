//! `POST /video-rooms/{videoRoomId}/rtmp-broadcast/state/cancelled`: calls a room off.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, Post, room_id};
use crate::json::{self, VideoRoomJson};
use crate::state::State;

pub(super) async fn cancel(
    state: web::Data<State>,
    caller: Caller,
    post: Post,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let view = state
        .call(caller, move |application, app| async move {
            Ok(application
                .cancel_broadcast(post.call(app)?, room_id(&id)?)
                .await?)
        })
        .await?;
    json::answer(StatusCode::OK, &VideoRoomJson::new(&view, state.links()))
}
