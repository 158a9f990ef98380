//! `/v2/members/me/event-sources`.

use application::ErrorCode::{EventsExpired, TooManyRequests};
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::super::call::{Call, EVENTS as TAG};
use super::super::parameters::{bounded, parameter};
use crate::json::SignalJson;

const PATH: &str = "/v2/members/me/event-sources";

pub(super) fn calls() -> Vec<Call> {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0));
    let resume = "The `id` of the last event that the client has had: what has happened since comes first.";
    vec![
        Call::of_member(
            TAG,
            HttpMethod::Get,
            PATH,
            "listen",
            "Hear what changes, as it happens",
        )
        .about(
            "For members' devices: Server-Sent Events with each change of the member's own stream key, and of the rooms \
             that it may watch. A guest hears of rooms that guests may watch. Something is sent every 15 s. The answer \
             ends when the token expires, when the client takes too little of it, when the server stops, and soon after the \
             member was deleted: connect again.",
        )
        .takes([
            parameter("Last-Event-ID", ParameterIn::Header, resume, number),
            bounded(
                "lastEventId",
                "The same, for clients that can't send the header; also as `Last-Event-ID`.",
                0,
                i64::MAX,
            ),
        ])
        .answers_events::<SignalJson<'_>>("What changes.", EXAMPLE)
        .refuses(&[EventsExpired, TooManyRequests]),
        Call::of_anybody(
            TAG,
            HttpMethod::Options,
            PATH,
            "preflightListen",
            "What pages of other sites may ask for",
        )
        .answers_nothing("204", "Any origin may `GET` and `HEAD`."),
    ]
}

const EXAMPLE: &str = concat!(
    "retry: 3000\nid: 4\n\n",
    "id: 5\ndata: {\"messageId\":\"evt_1_5\",\"sentAt\":\"2026-11-23T04:52:12.501937Z\",\"origin\":\"SYSTEM\",",
    "\"type\":\"SIGNAL\",\"deliveryType\":\"BROADCAST\",\"customType\":\"CHANGE_DATA_CAPTURE\",\"customData\":{",
    "\"type\":\"VIDEO_ROOM\",\"videoRoomId\":\"1\",\"videoRoomState\":\"LIVE\",",
    "\"liveUrl\":\"https://video.example.com/live/a1b2c3d4e5f6/index.m3u8\",",
    "\"playUrl\":\"https://video.example.com/live/a1b2c3d4e5f6/index.m3u8\",",
    "\"cmafHlsPlayUrl\":\"https://video.example.com/live/a1b2c3d4e5f6/index.m3u8\",",
    "\"cmafDashPlayUrl\":\"https://video.example.com/live/a1b2c3d4e5f6/manifest.mpd\",",
    "\"rtmpPlayUrl\":null,\"httpFlvPlayUrl\":null}}\n\n",
);
