//! The watch page: plain files that are part of the program, and the state of what they play.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, web};
use application::Entry;
use domain::{PlaybackId, VideoRoomState};
use ports::PathGrant;
use ports::media::Directives;
use ports::store::Playback;
use serde::Serialize;
use utoipa::ToSchema;

use crate::assets::{self, Asset};
use crate::error::ApiError;
use crate::extract::Query;
use crate::json;
use crate::meters::METERS;
use crate::play::{enter, find, token};
use crate::routes::{below, get, resource};
use crate::state::State;

/// Everything comes from here but media, which another process may have; media and workers may also be what the page
/// itself made.
const POLICY: &str = "default-src 'self'; connect-src 'self' http: https:; media-src 'self' blob: http: https:; \
                      worker-src 'self' blob:; img-src 'self' data:; \
                      object-src 'none'; base-uri 'none'; form-action 'none'";

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(
        below("/watch")
            .service(resource("/assets/{name}", "GET, HEAD").route(get().to(asset)))
            .service(resource("/{playbackId}", "GET, HEAD").route(get().to(page)))
            .service(resource("/{playbackId}/state", "GET, HEAD").route(get().to(state)))
            .service(resource("/{playbackId}/latency", "POST").route(web::post().to(latency)))
            .service(resource("/{playbackId}/{grant}/state", "GET, HEAD").route(get().to(state))),
    );
}

/// The page is the same for every broadcast: it asks for the state by itself.
async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    PlaybackId::parse(request.match_info().query("playbackId")).ok_or_else(ApiError::no_such_path)?;
    Ok(serve(&request, &assets::INDEX_HTML))
}

async fn asset(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let asset = match request.match_info().query("name") {
        "player.js" => Some(assets::PLAYER_JS),
        "player.css" => Some(assets::PLAYER_CSS),
        // Not there unless it was built in; the page then plays where the browser itself plays HLS.
        "hls.js" => assets::HLS_JS,
        _ => None,
    };
    Ok(serve(&request, &asset.ok_or_else(ApiError::no_such_path)?))
}

fn serve(request: &HttpRequest, asset: &Asset) -> HttpResponse {
    asset.answer(request, POLICY)
}

/// What is played.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlaybackState)]
pub(crate) struct StateJson<'a> {
    title: &'a str,
    #[schema(value_type = json::words::VideoRoomState)]
    video_room_state: &'static str,
    /// The path of the playlist; `null` when the media is gone.
    play_url: Option<String>,
    state_url: String,
}

/// What the page shows: `playUrl` is null when the media is gone, as it is some time after the end. Both addresses have
/// the grant that a token was exchanged for.
async fn state(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let path = request.match_info();
    let id = path.query("playbackId");
    let playback = find(&state, id).await?;
    let sent = match path.get("grant") {
        None => None,
        Some(segment) => Some(PathGrant::parse(segment).ok_or_else(ApiError::no_such_path)?),
    };
    let token = token(request.query_string())?;
    let grant = match enter(&state, id, &playback, sent, token).await? {
        Entry::Here => sent,
        Entry::Through(grant) => Some(grant),
    };
    let below = grant.map_or_else(|| id.to_owned(), |grant| format!("{id}/{grant}"));
    let (title, room_state) = match &playback {
        Playback::Room { title, state, .. } => (title.as_str(), *state),
        Playback::Preview { .. } => ("Preview", VideoRoomState::Active),
    };
    let playable = match room_state {
        VideoRoomState::Ended | VideoRoomState::Archived => {
            let answer = state
                .application()
                .play(&playback, PLAYLIST, Directives::default());
            answer.await.is_ok()
        }
        VideoRoomState::Scheduled
        | VideoRoomState::Live
        | VideoRoomState::LiveInactive
        | VideoRoomState::Active
        | VideoRoomState::Cancelled => true,
    };
    let answer = StateJson {
        title,
        video_room_state: room_state.name(),
        play_url: playable.then(|| format!("/live/{below}/{PLAYLIST}")),
        state_url: format!("/watch/{below}/state"),
    };
    json::answer(StatusCode::OK, &answer)
}

/// Takes how many seconds a page is behind live, for statistics. Whoever knows the broadcast's address may say so.
async fn latency(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    find(&state, request.match_info().query("playbackId")).await?;
    let query = Query::parse(request.query_string())?;
    let seconds = query
        .text("seconds")
        .and_then(latency_seconds)
        .ok_or_else(|| ApiError::parameter("seconds must be a number from 0 to 600, such as 1.25"))?;
    METERS.latency.record(seconds);
    Ok(HttpResponse::NoContent()
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish())
}

/// A number of seconds that a page may be behind live: digits, and some behind a point.
fn latency_seconds(text: &str) -> Option<f64> {
    let is_plain = text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = is_plain.then(|| text.parse::<f64>().ok()).flatten()?;
    (0.0..=LONGEST_LATENCY).contains(&seconds).then_some(seconds)
}

/// A page that is further behind has stopped, or its clock is wrong.
const LONGEST_LATENCY: f64 = 600.0;

/// The multivariant playlist.
const PLAYLIST: &str = "index.m3u8";

#[cfg(test)]
mod tests {
    use super::latency_seconds;

    #[test]
    fn only_plain_numbers_of_seconds_are_taken() {
        for (text, seconds) in [("0", 0.0), ("1.25", 1.25), ("600", 600.0), (".5", 0.5)] {
            assert_eq!(latency_seconds(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "-1",
            "600.1",
            "1e3",
            "inf",
            "NaN",
            "1.2.3",
            "0x1",
            "1,5",
            "0000000000001.0",
        ] {
            assert_eq!(latency_seconds(text), None, "{text}");
        }
    }
}
