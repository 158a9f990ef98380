//! `GET /callback`: where the app is told of its events.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::Caller;
use crate::json::{self, CallbackJson};
use crate::state::State;

pub(super) async fn get(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let callback = state
        .read(caller, |application, app| async move {
            Ok(application.get_callback(app).await?)
        })
        .await?;
    json::answer(StatusCode::OK, &CallbackJson::from(&callback))
}
