//! Playback: everything below `/live/{playbackId}/`, for players on any site and for caches in front.

mod body;
mod elsewhere;
mod endless;
mod grant;
mod headers;
mod patient;
mod range;
mod seats;

use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, ETAG, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use actix_web::http::{Method, StatusCode, Version};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError, web};
use application::Entry;
use domain::PlaybackId;
use ports::PathGrant;
use ports::media::{Answer, Body, Directives, Freshness};
use ports::store::Playback;

use crate::cors::PLAYERS;
use crate::error::ApiError;
use crate::routes::{below, get, resource};
use crate::state::State;
use body::{PIECE, Pieces};
use endless::Endless;
use patient::Patient;
use range::Range;

pub(crate) use body::GATHERED;
pub(crate) use grant::{enter, token};
pub(crate) use headers::{matches, quoted};
pub(crate) use patient::Patience;
pub(crate) use seats::{Seat, Seats};

/// What every path of this module begins with.
pub(crate) const PREFIX: &str = "/live/";

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(
        below("/live").service(
            resource("/{playbackId}/{resource:.*}", PLAYERS.methods)
                .route(get().to(play))
                .route(web::method(Method::OPTIONS).to(async || PLAYERS.preflight())),
        ),
    );
}

async fn play(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let mut response = match fetch(&state, &request).await {
        Ok(Found::Media(answer)) => respond(&request, answer, state.stopping()),
        Ok(Found::Granted(grant)) => grant::redirect(&request, &grant),
        Err(error) => error.error_response(),
    };
    PLAYERS.let_read(response.headers_mut());
    response
}

/// What there is for a player.
enum Found {
    Media(Answer),
    /// The same, at the same address with this grant in it.
    Granted(PathGrant),
}

async fn fetch(state: &State, request: &HttpRequest) -> Result<Found, ApiError> {
    if !request.conn_data::<Seat>().is_none_or(Seat::take) {
        return Err(ApiError::full());
    }
    let path = request.match_info();
    let directives = Directives::parse(request.query_string())?;
    let (id, rest) = (path.query("playbackId"), path.query("resource"));
    let playback = find(state, id).await?;
    let (grant, resource) = PathGrant::split(rest);
    let token = token(request.query_string())?;
    if let Entry::Through(grant) = enter(state, id, &playback, grant, token).await? {
        return Ok(Found::Granted(grant));
    }
    tokio::select! {
        biased;
        answer = state.application().play(&playback, resource, directives) => {
            let answer = answer?;
            if matches!(answer.body, Body::Elsewhere(_)) && elsewhere::was_sent_on(request) {
                return Err(ApiError::not_here());
            }
            Ok(Found::Media(answer))
        }
        () = state.stopped() => Err(ApiError::stopping()),
    }
}

/// What a playback id in a path leads to: at once if that is known, else as the store says.
pub(crate) async fn find(state: &State, id: &str) -> Result<Playback, ApiError> {
    let id = PlaybackId::parse(id).ok_or_else(ApiError::no_such_path)?;
    if let Some(known) = state.application().resolved(&id) {
        return Ok(known?);
    }
    let application = state.application().clone();
    state
        .run(async move { Ok(application.resolve(&id).await?) })
        .await
}

/// Tells an answer of the origin in HTTP: conditions first, then the range (RFC 9110, 13.2.2).
fn respond(
    request: &HttpRequest,
    answer: Answer,
    stopped: impl Future<Output = ()> + 'static,
) -> HttpResponse {
    let tag = answer.tag.as_deref().and_then(quoted);
    let mut response = HttpResponse::Ok();
    response.insert_header((
        CACHE_CONTROL,
        match answer.freshness {
            Freshness::Immutable => HeaderValue::from_static("public, max-age=31536000, immutable"),
            Freshness::For(time) => headers::max_age(time),
            Freshness::Revalidate => HeaderValue::from_static("no-cache"),
            Freshness::Never => HeaderValue::from_static("no-store"),
        },
    ));
    if let Some(tag) = &tag {
        response.insert_header((ETAG, tag.clone()));
        if request
            .headers()
            .get(IF_NONE_MATCH)
            .is_some_and(|sent| matches(sent, tag))
        {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
    }
    response.content_type(answer.content_type);
    let body = match answer.body {
        Body::Parts(parts) => Pieces::new(parts),
        // Nobody knows yet how long it will be: all of it, whatever range is asked for (RFC 9110, 14.2).
        Body::Endless(_) if request.method() == Method::HEAD => return response.finish(),
        Body::Elsewhere(url) => return elsewhere::redirect(request, &url),
        Body::Endless(stream) => {
            return response.body(Endless::new(stream, stopped));
        }
    };
    response.insert_header((ACCEPT_RANGES, "bytes"));
    match wanted_range(request, tag.as_ref(), body.len()) {
        None => send(request, &mut response, body),
        Some(Range::Unsatisfiable) => ApiError::range(body.len()).error_response(),
        Some(Range::Bytes { first, last }) => {
            response
                .status(StatusCode::PARTIAL_CONTENT)
                .insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{}", body.len())));
            send(request, &mut response, body.slice(first, last))
        }
    }
}

/// Sends media. Who stalls over HTTP/1.1 is noticed by its connection, and what is one piece is not worth the watch.
fn send(request: &HttpRequest, response: &mut HttpResponseBuilder, media: Pieces) -> HttpResponse {
    match request.conn_data::<Patience>() {
        Some(patience) if request.version() == Version::HTTP_2 && media.len() > PIECE as u64 => {
            response.body(Patient::new(media, *patience))
        }
        _ => response.body(media),
    }
}

/// The range that is asked for, if there is one and `If-Range` does not forbid it.
fn wanted_range(request: &HttpRequest, tag: Option<&HeaderValue>, length: u64) -> Option<Range> {
    let headers = request.headers();
    let sent = headers.get(RANGE)?.to_str().ok()?;
    let unchanged = headers.get(IF_RANGE).is_none_or(|expected| Some(expected) == tag);
    (unchanged && request.method() == Method::GET)
        .then(|| Range::parse(sent, length))
        .flatten()
}
