//! `PUT /callback`: sets where the app is told of its events, and shows, once, what that is signed with.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Body, Caller};
use crate::json::{self, CallbackWithSecretJson, SetCallbackJson};
use crate::state::State;

pub(super) async fn put(
    state: web::Data<State>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let app = state.authenticate(caller).await?;
    let wanted = body.json::<SetCallbackJson>().await?.into();
    let application = state.application().clone();
    let callback = state
        .run(async move { Ok(application.set_callback(app, wanted).await?) })
        .await?;
    json::answer(StatusCode::OK, &CallbackWithSecretJson::from(&callback))
}
