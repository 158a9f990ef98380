//! The JSON of the contract: what goes out borrows from read models, what comes in says which field was wrong.

mod brief;
mod callback;
mod event;
mod ingest_health;
mod input;
mod member;
mod named;
mod page;
mod patch;
mod profile;
mod signal;
mod stream_key;
mod time;
mod tokens;
mod video_room;
pub(crate) mod words;

pub(crate) use callback::{CallbackJson, CallbackWithSecretJson, DeliveryJson, SetCallbackJson};
pub(crate) use event::FeedJson;
pub(crate) use ingest_health::IngestHealthJson;
pub(crate) use input::{CreateVideoRoomJson, RegisterMemberJson, UpdateStreamKeyJson};
pub(crate) use member::MemberJson;
pub(crate) use named::Named;
pub(crate) use page::PageJson;
pub(crate) use patch::{UpdateMemberJson, UpdateVideoRoomJson};
pub(crate) use profile::ProfileJson;
pub(crate) use signal::SignalJson;
pub(crate) use stream_key::StreamKeyJson;
pub(crate) use tokens::{LoginTokensJson, RefreshJson, StreamingTokenJson};
pub(crate) use video_room::VideoRoomJson;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use serde::Serialize;

use crate::error::ApiError;

/// About the size of a room: most answers need no second allocation.
const CAPACITY: usize = 1536;

/// An answer of the API. Nobody may keep one: it tells what is now, and may hold a stream key.
pub(crate) fn answer(status: StatusCode, value: &impl Serialize) -> Result<HttpResponse, ApiError> {
    let mut body = Vec::with_capacity(CAPACITY);
    serde_json::to_writer(&mut body, value).map_err(|error| {
        tracing::error!(%error, "an answer can't be written as JSON");
        ApiError::internal()
    })?;
    Ok(HttpResponse::build(status)
        .content_type(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body))
}
