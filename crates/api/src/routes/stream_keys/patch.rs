//! `PATCH /stream-keys/{streamKeyId}`: changes what is made of a key's media.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Body, Caller, stream_key_id};
use crate::json::{self, StreamKeyJson, UpdateStreamKeyJson};
use crate::state::State;

pub(super) async fn patch(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let app = state.authenticate(caller).await?;
    let wanted = body.json::<UpdateStreamKeyJson>().await?.into();
    let id = stream_key_id(&id)?;
    let application = state.application().clone();
    let view = state
        .run(async move { Ok(application.update_stream_key(app, id, wanted).await?) })
        .await?;
    json::answer(StatusCode::OK, &StreamKeyJson::new(&view, state.links()))
}
