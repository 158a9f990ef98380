//! `GET /v2/members/me/event-sources`: begins to listen.

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use tokio::sync::mpsc;

use super::stream::{self, Frames};
use crate::cors::LISTENERS;
use crate::error::ApiError;
use crate::extract::{Bearer, Query};
use crate::state::State;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Where clients that can't send the header put it.
const IN_QUERY: [&str; 2] = ["Last-Event-ID", "lastEventId"];

/// Has nginx, and those that do as it does, pass on what comes at once.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// How much may wait for a connection that takes it slowly, before nothing more is asked for.
const MOST_WAITING: usize = 16;

pub(super) async fn get(state: web::Data<State>, bearer: Bearer, request: HttpRequest) -> HttpResponse {
    let listening = listen(&state, bearer, &request).await;
    let mut response = match listening {
        Ok(frames) => answer(&request, frames),
        Err(error) => error.error_response(),
    };
    LISTENERS.let_read(response.headers_mut());
    response
}

fn answer(request: &HttpRequest, frames: Frames) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store, no-transform"))
        .insert_header((BUFFERING, "no"));
    if request.method() == Method::HEAD {
        return response.finish();
    }
    response.body(frames)
}

/// Everything is done on the main runtime: what is told comes through a short queue.
async fn listen(state: &State, bearer: Bearer, request: &HttpRequest) -> Result<Frames, ApiError> {
    let token = bearer.0?;
    let after = last_event_id(request)?;
    let (sender, frames) = mpsc::channel(MOST_WAITING);
    let shared = state.clone();
    state
        .run(async move {
            let seat = shared.event_source()?;
            let listener = shared.application().listen(&token, after).await?;
            tokio::spawn(stream::tell(shared, listener, sender, seat));
            Ok(())
        })
        .await?;
    Ok(Frames::new(frames))
}

/// The number of the last event that the client has had.
fn last_event_id(request: &HttpRequest) -> Result<Option<i64>, ApiError> {
    let sent = request.headers().get(LAST_EVENT_ID);
    let sent = sent
        .map(HeaderValue::to_str)
        .transpose()
        .map_err(|_| not_a_number())?;
    if let Some(sent) = sent.map(str::trim).filter(|sent| !sent.is_empty()) {
        return sent.parse().map(Some).map_err(|_| not_a_number());
    }
    let query = Query::parse(request.query_string())?;
    for name in IN_QUERY {
        if let Some(sent) = query.number(name)? {
            return Ok(Some(sent));
        }
    }
    Ok(None)
}

fn not_a_number() -> ApiError {
    ApiError::parameter("Last-Event-ID must be a whole number")
}
