//! `/stream-keys`.

use application::ErrorCode::{StreamKeyNotFound, StreamKeyStateNotInactive, TranscodingProfileNotFound};
use serde_json::{Value, json};
use utoipa::openapi::path::Parameter;
use utoipa::openapi::{HttpMethod, Required};

use super::super::call::{Call, STREAM_KEYS as TAG};
use super::super::parameters::{self, number, paging, text};
use super::example;
use crate::json::{IngestHealthJson, StreamKeyJson, UpdateStreamKeyJson};

fn key() -> Value {
    example!("stream_key")
}

fn health() -> Value {
    example!("ingest_health")
}

fn id() -> Parameter {
    parameters::id("streamKeyId", "The stream key's id.")
}

pub(super) fn calls() -> Vec<Call> {
    vec![
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/stream-keys",
            "listStreamKeys",
            "List stream keys",
        )
        .takes([
            number("memberId", "Only the key of this member."),
            text("appUserId", "Only the key of the member of this id."),
            text("appUserName", "Only keys of members of exactly this name."),
            number("videoRoomId", "Only the key that is bound to this room."),
        ])
        .takes(paging())
        .answers_page::<StreamKeyJson<'_>>("A page of stream keys, the newest first.", &key()),
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/stream-keys/{streamKeyId}",
            "getStreamKey",
            "Read a stream key",
        )
        .takes([id()])
        .answers::<StreamKeyJson<'_>>("200", "The stream key.", key())
        .refuses(&[StreamKeyNotFound]),
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/stream-keys/{streamKeyId}/health",
            "getStreamKeyHealth",
            "See how what is published with a key is doing",
        )
        .takes([id()])
        .answers::<IngestHealthJson<'_>>("200", "How it is doing; nulls while nobody publishes.", health())
        .refuses(&[StreamKeyNotFound]),
        Call::of_app(
            TAG,
            HttpMethod::Patch,
            "/v2/apps/me/stream-keys/{streamKeyId}",
            "updateStreamKey",
            "Change a key's mode or profile",
        )
        .takes([id()])
        .body::<UpdateStreamKeyJson>(Required::False, json!({ "mode": "RTMP_CMAF" }))
        .answers::<StreamKeyJson<'_>>("200", "The stream key.", key())
        .refuses(&[StreamKeyNotFound, TranscodingProfileNotFound]),
        Call::of_app(
            TAG,
            HttpMethod::Post,
            "/v2/apps/me/stream-keys/{streamKeyId}/reissue",
            "reissueStreamKey",
            "Give an inactive key another key string",
        )
        .takes([id()])
        .answers::<StreamKeyJson<'_>>("200", "The stream key with the new string.", key())
        .refuses(&[StreamKeyNotFound, StreamKeyStateNotInactive]),
        Call::of_app(
            TAG,
            HttpMethod::Post,
            "/v2/apps/me/stream-keys/{streamKeyId}/force-terminate",
            "forceTerminateStreamKey",
            "End what goes on with a stream key",
        )
        .takes([id()])
        .answers_nothing("204", "Nothing goes on any more.")
        .refuses(&[StreamKeyNotFound]),
    ]
}
