//! `POST /video-rooms`: makes a room.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Body, Caller};
use crate::json::{self, CreateVideoRoomJson, VideoRoomJson};
use crate::state::State;

pub(super) async fn create(
    state: web::Data<State>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let app = state.authenticate(caller).await?;
    let (call, wanted) = body.post::<CreateVideoRoomJson>(app).await?;
    let application = state.application().clone();
    let view = state
        .run(async move { Ok(application.create_video_room(call, wanted.into()).await?) })
        .await?;
    json::answer(StatusCode::CREATED, &VideoRoomJson::new(&view, state.links()))
}
