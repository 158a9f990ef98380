//! `POST /members/login`: registers or updates a member, and answers its tokens.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Body, Caller};
use crate::json::{self, LoginTokensJson, RegisterMemberJson};
use crate::state::State;

pub(super) async fn login(
    state: web::Data<State>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let app = state.authenticate(caller).await?;
    let (call, wanted) = body.post::<RegisterMemberJson>(app).await?;
    let application = state.application().clone();
    let tokens = state
        .run(async move { Ok(application.log_member_in(call, wanted.into()).await?) })
        .await?;
    json::answer(StatusCode::OK, &LoginTokensJson::from(&tokens))
}
