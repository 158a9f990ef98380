//! `POST /stream-keys/{streamKeyId}/reissue`: gives an inactive key another key string.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, Post, stream_key_id};
use crate::json::{self, StreamKeyJson};
use crate::state::State;

pub(super) async fn reissue(
    state: web::Data<State>,
    caller: Caller,
    post: Post,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let view = state
        .call(caller, move |application, app| async move {
            Ok(application
                .reissue_stream_key(post.call(app)?, stream_key_id(&id)?)
                .await?)
        })
        .await?;
    json::answer(StatusCode::OK, &StreamKeyJson::new(&view, state.links()))
}
