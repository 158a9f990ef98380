//! `/live` and `/watch`: for players and their viewers.

use application::ErrorCode::{
    self, EmptyStreamingToken, InternalServerError, InvalidRequestParameter, InvalidStreamingToken,
    ResourceNotFound, ServiceUnavailable, StreamingNotAllowed,
};
use serde_json::json;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::super::call::{Call, PLAYBACK as TAG};
use super::super::parameters::{in_path, parameter};
use crate::json::words::one_of;
use crate::watch::StateJson;

/// What the media is told as: playlists, then segments and their parts.
const MEDIA: &[&str] = &[
    "application/vnd.apple.mpegurl",
    "application/dash+xml",
    "video/x-flv",
    "video/mp4",
    "audio/mp4",
    "video/iso.segment",
];

/// What a player may be refused with.
const REFUSALS: &[ErrorCode] = &[
    EmptyStreamingToken,
    InvalidStreamingToken,
    StreamingNotAllowed,
    ResourceNotFound,
    InternalServerError,
    ServiceUnavailable,
];

fn some_text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1))
}

fn playback_id() -> Parameter {
    in_path(
        "playbackId",
        "What a room's `liveUrl` or a key's preview names.",
        some_text(),
    )
}

fn resource() -> Parameter {
    in_path("resource", "`index.m3u8`, and what that names.", some_text())
}

fn streaming_token() -> Parameter {
    parameter(
        "streamingToken",
        ParameterIn::Query,
        "Opens a room that is not `PUBLIC`.",
        some_text(),
    )
}

fn directive(name: &str, description: &str) -> Parameter {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0));
    parameter(name, ParameterIn::Query, description, number)
}

pub(super) fn calls() -> Vec<Call> {
    let mut calls = media();
    calls.extend(pages());
    calls
}

fn media() -> Vec<Call> {
    let range = parameter(
        "Range",
        ParameterIn::Header,
        "One range of bytes (RFC 9110, 14.2).",
        some_text(),
    );
    let skip = parameter(
        "_HLS_skip",
        ParameterIn::Query,
        "Leaves out older segments.",
        one_of(["YES", "v2"]),
    );
    vec![
        Call::of_anybody(TAG, HttpMethod::Get, "/live/{playbackId}/{resource}", "play", "Playlists and media")
            .about("HLS with low latency (RFC 8216bis) over CMAF. Waits for a segment or part that is about to come.")
            .takes([playback_id(), resource()])
            .takes([
                directive("_HLS_msn", "Wait until the playlist has this segment."),
                directive("_HLS_part", "Wait until it has this part of that segment; only with `_HLS_msn`."),
                skip,
                range,
                streaming_token(),
            ])
            .answers_media("200", "The playlist or the media.", MEDIA)
            .answers_media("206", "The range that was asked for.", MEDIA)
            .answers_nothing("304", "What the caller has is still so.")
            .answers_redirect("307", "The same below a grant, for which the token was exchanged. It carries over to all that the playlist names.")
            .refuses(REFUSALS)
            .refuses_with(416, &[InvalidRequestParameter]),
        Call::of_anybody(TAG, HttpMethod::Options, "/live/{playbackId}/{resource}", "preflight", "What pages of other sites may ask for")
            .takes([playback_id(), resource()])
            .answers_nothing("204", "Any origin may `GET` and `HEAD`."),
    ]
}

fn pages() -> Vec<Call> {
    let latency = parameter(
        "seconds",
        ParameterIn::Query,
        "How many seconds it is behind live, from 0 to 600, such as 1.25.",
        some_text(),
    );
    let name = in_path("name", "A file that the page names.", some_text());
    let state = json!({ "title": "Foo Video Room", "videoRoomState": "LIVE", "playUrl": "/live/a1b2c3d4e5f6/index.m3u8", "stateUrl": "/watch/a1b2c3d4e5f6/state" });
    vec![
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/watch/{playbackId}",
            "watch",
            "The page that plays",
        )
        .takes([playback_id()])
        .answers_media("200", "The page.", &["text/html"])
        .answers_nothing("304", "What the caller has is still so.")
        .refuses(&[ResourceNotFound]),
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/watch/{playbackId}/state",
            "getPlaybackState",
            "The state of what is played",
        )
        .takes([playback_id(), streaming_token()])
        .answers::<StateJson<'_>>("200", "The state.", state.clone())
        .refuses(REFUSALS),
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/watch/{playbackId}/{grant}/state",
            "getGrantedPlaybackState",
            "The same by a grant",
        )
        .takes([
            playback_id(),
            in_path("grant", "What a `streamingToken` was exchanged for.", some_text()),
        ])
        .takes([streaming_token()])
        .answers::<StateJson<'_>>("200", "The state.", state)
        .refuses(REFUSALS),
        Call::of_anybody(
            TAG,
            HttpMethod::Post,
            "/watch/{playbackId}/latency",
            "reportLatency",
            "Say how far behind live a page is",
        )
        .about("For the operator's statistics; pages say so every ten seconds.")
        .takes([playback_id(), latency])
        .answers_nothing("204", "It is counted.")
        .refuses(&[ResourceNotFound, InternalServerError, ServiceUnavailable]),
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/watch/assets/{name}",
            "getWatchAsset",
            "A file of the page that plays",
        )
        .takes([name])
        .answers_media("200", "The file.", &["text/javascript", "text/css"])
        .answers_nothing("304", "What the caller has is still so.")
        .refuses(&[ResourceNotFound]),
    ]
}
