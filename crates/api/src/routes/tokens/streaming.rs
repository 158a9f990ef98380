//! `POST /streaming-tokens`: makes a token that opens every stream of the app.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, Post};
use crate::json::{self, StreamingTokenJson};
use crate::state::State;

pub(super) async fn streaming(
    state: web::Data<State>,
    caller: Caller,
    post: Post,
) -> Result<HttpResponse, ApiError> {
    let token = state
        .call(caller, move |application, app| async move {
            Ok(application.issue_streaming_token(post.call(app)?).await?)
        })
        .await?;
    let answer = StreamingTokenJson {
        streaming_token: &token,
    };
    json::answer(StatusCode::CREATED, &answer)
}
