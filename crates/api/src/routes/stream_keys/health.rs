//! `GET /stream-keys/{streamKeyId}/health`: how what is published with a key is doing.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, stream_key_id};
use crate::json::{self, IngestHealthJson};
use crate::state::State;

pub(super) async fn health(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let health = state
        .call(caller, move |application, app| async move {
            Ok(application.stream_key_health(app, stream_key_id(&id)?).await?)
        })
        .await?;
    json::answer(StatusCode::OK, &IngestHealthJson::from(&health))
}
