//! `PATCH /members/{appUserId}`: changes what is told about a member.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Body, Caller};
use crate::json::{self, MemberJson, UpdateMemberJson};
use crate::state::State;

pub(super) async fn patch(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let app = state.authenticate(caller).await?;
    let wanted = body.json::<UpdateMemberJson>().await?.into();
    let application = state.application().clone();
    let view = state
        .run(async move { Ok(application.update_member(app, &id, wanted).await?) })
        .await?;
    json::answer(StatusCode::OK, &MemberJson::from(&view))
}
