//! `POST /members/login-as-guest`: answers the tokens of somebody who stays unknown.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, Post};
use crate::json::{self, LoginTokensJson};
use crate::state::State;

pub(super) async fn login_as_guest(
    state: web::Data<State>,
    caller: Caller,
    post: Post,
) -> Result<HttpResponse, ApiError> {
    let tokens = state
        .call(caller, move |application, app| async move {
            Ok(application.log_guest_in(post.call(app)?).await?)
        })
        .await?;
    json::answer(StatusCode::OK, &LoginTokensJson::from(&tokens))
}
