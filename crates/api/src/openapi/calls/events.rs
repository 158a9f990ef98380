//! `/events`.

use application::ErrorCode::EventsExpired;
use serde_json::json;
use utoipa::openapi::HttpMethod;

use super::super::call::{Call, EVENTS as TAG};
use super::super::parameters::bounded;
use crate::json::FeedJson;

pub(super) fn calls() -> Vec<Call> {
    let feed = json!({
        "events": [
            {
                "sequence": 3,
                "type": "STREAM_KEY_ACTIVE_LIVE",
                "data": { "streamKeyId": 1, "streamKeyStreamKeyState": "ACTIVE_LIVE" },
                "occurredAt": "2026-11-23T04:52:12.501937Z",
            },
            {
                "sequence": 4,
                "type": "VIDEO_ROOM_LIVE",
                "data": { "videoRoomId": 1, "videoRoomVideoRoomState": "LIVE" },
                "occurredAt": "2026-11-23T04:52:12.501937Z",
            },
        ],
        "next": 4,
    });
    vec![
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/events",
            "listEvents",
            "Read what happened",
        )
        .about(
            "Events in order, 1,000 at most, numbered for each app without gaps. Without `after`, from the oldest that \
             is kept.",
        )
        .takes([
            bounded(
                "after",
                "The last sequence that the caller has: `next` of the answer before.",
                0,
                i64::MAX,
            ),
            bounded(
                "waitSeconds",
                "How long to wait when there is nothing behind `after`.",
                0,
                30,
            ),
        ])
        .answers::<FeedJson>("200", "What happened behind `after`.", feed)
        .refuses(&[EventsExpired]),
    ]
}
