//! `DELETE /video-rooms/{videoRoomId}`: deletes a room, taking it off the air first.

use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, room_id};
use crate::state::State;

pub(super) async fn delete(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    state
        .call(caller, move |application, app| async move {
            Ok(application.delete_video_room(app, room_id(&id)?).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
