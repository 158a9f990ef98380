//! `POST /members/{appUserId}/stream-key/force-terminate`: ends what goes on with a member's key, at once.

use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, Post};
use crate::state::State;

pub(super) async fn force_terminate(
    state: web::Data<State>,
    caller: Caller,
    post: Post,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    state
        .call(caller, move |application, app| async move {
            Ok(application
                .force_terminate_member_stream_key(post.call(app)?, &id)
                .await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
