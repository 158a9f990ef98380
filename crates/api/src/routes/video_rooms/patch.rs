//! `PATCH /video-rooms/{videoRoomId}`: describes a room otherwise.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Body, Caller, room_id};
use crate::json::{self, UpdateVideoRoomJson, VideoRoomJson};
use crate::state::State;

pub(super) async fn patch(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let app = state.authenticate(caller).await?;
    let wanted = body.json::<UpdateVideoRoomJson>().await?.into();
    let id = room_id(&id)?;
    let application = state.application().clone();
    let view = state
        .run(async move { Ok(application.update_video_room(app, id, wanted).await?) })
        .await?;
    json::answer(StatusCode::OK, &VideoRoomJson::new(&view, state.links()))
}
