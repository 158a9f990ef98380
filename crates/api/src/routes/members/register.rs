//! `POST /members`: registers a member, or updates the one that is there.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Body, Caller};
use crate::json::{self, MemberJson, RegisterMemberJson};
use crate::state::State;

pub(super) async fn register(
    state: web::Data<State>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let app = state.authenticate(caller).await?;
    let (call, wanted) = body.post::<RegisterMemberJson>(app).await?;
    let application = state.application().clone();
    let view = state
        .run(async move { Ok(application.register_member(call, wanted.into()).await?) })
        .await?;
    json::answer(StatusCode::CREATED, &MemberJson::from(&view))
}
