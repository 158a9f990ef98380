//! `POST /v2/members/tokens/refresh`: makes tokens anew. Members call it, so it takes no credentials of the app.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, web};

use crate::cors::REFRESHERS;
use crate::error::ApiError;
use crate::extract::Body;
use crate::json::{self, LoginTokensJson, RefreshJson};
use crate::state::State;

pub(super) async fn refresh(state: web::Data<State>, body: Body) -> HttpResponse {
    let made = make(&state, body).await;
    let mut response = made.unwrap_or_else(|error| error.error_response());
    REFRESHERS.let_read(response.headers_mut());
    response
}

async fn make(state: &State, body: Body) -> Result<HttpResponse, ApiError> {
    let token = body.json::<RefreshJson>().await?.into_token();
    let application = state.application().clone();
    let tokens = state
        .run(async move { Ok(application.refresh_tokens(&token).await?) })
        .await?;
    json::answer(StatusCode::OK, &LoginTokensJson::from(&tokens))
}
