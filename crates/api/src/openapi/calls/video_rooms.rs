//! `/video-rooms`.

use application::ErrorCode::{
    self, EmptyVideoRoomAppUserId, EmptyVideoRoomScheduledAt, EmptyVideoRoomType, MemberNotFound,
    StreamKeyNotFound, StreamKeyStateNotActive, StreamKeyStateNotInactiveLive,
    VideoRoomDescriptionSizeUpperLimitExceeded, VideoRoomNotFound, VideoRoomStateNotLiveInactive,
    VideoRoomStateNotScheduled, VideoRoomTitleSizeUpperLimitExceeded, VideoRoomTypeNotBroadcastRtmp,
};
use serde_json::Value;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::{HttpMethod, Required};

use super::super::call::{Call, VIDEO_ROOMS as TAG};
use super::super::parameters::{self, number, paging, sort_by, text, word};
use super::example;
use crate::json::{CreateVideoRoomJson, UpdateVideoRoomJson, VideoRoomJson, words};

const LENGTHS: &[ErrorCode] = &[
    VideoRoomTitleSizeUpperLimitExceeded,
    VideoRoomDescriptionSizeUpperLimitExceeded,
];

fn room() -> Value {
    example!("video_room")
}

fn live_room() -> Value {
    example!("video_room_live")
}

fn id() -> Parameter {
    parameters::id("videoRoomId", "The room's id.")
}

pub(super) fn calls() -> Vec<Call> {
    let mut calls = records();
    calls.extend(broadcasts());
    calls
}

fn records() -> Vec<Call> {
    vec![
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/video-rooms",
            "listVideoRooms",
            "List rooms",
        )
        .takes([
            number("memberId", "Only rooms of this member."),
            text(
                "keyword",
                "Only rooms whose title contains this, whatever the case.",
            ),
            word::<words::VideoRoomState>("videoRoomState", "Only rooms in this state."),
            word::<words::VideoRoomType>("type", "Only rooms of this type."),
            word::<words::AccessLevel>("accessLevel", "Only rooms of this access level."),
            sort_by::<ports::store::VideoRoomSort>(),
        ])
        .takes(paging())
        .answers_page::<VideoRoomJson<'_>>("A page of rooms.", &live_room()),
        Call::of_app(
            TAG,
            HttpMethod::Post,
            "/v2/apps/me/video-rooms",
            "createVideoRoom",
            "Make a room",
        )
        .body::<CreateVideoRoomJson>(Required::True, example!("create_video_room"))
        .answers::<VideoRoomJson<'_>>("201", "The room.", room())
        .refuses(&[
            EmptyVideoRoomAppUserId,
            EmptyVideoRoomType,
            EmptyVideoRoomScheduledAt,
        ])
        .refuses(LENGTHS)
        // The second for a repeated call whose room was deleted since.
        .refuses(&[MemberNotFound, VideoRoomNotFound]),
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/video-rooms/{videoRoomId}",
            "getVideoRoom",
            "Read a room",
        )
        .takes([id()])
        .answers::<VideoRoomJson<'_>>("200", "The room.", live_room())
        .refuses(&[VideoRoomNotFound]),
        Call::of_app(
            TAG,
            HttpMethod::Patch,
            "/v2/apps/me/video-rooms/{videoRoomId}",
            "updateVideoRoom",
            "Describe a room otherwise",
        )
        .takes([id()])
        .body::<UpdateVideoRoomJson>(Required::False, serde_json::json!({ "title": "Bar Video Room" }))
        .answers::<VideoRoomJson<'_>>("200", "The room.", room())
        .refuses(&[EmptyVideoRoomScheduledAt])
        .refuses(LENGTHS)
        .refuses(&[VideoRoomNotFound, VideoRoomStateNotScheduled]),
        Call::of_app(
            TAG,
            HttpMethod::Delete,
            "/v2/apps/me/video-rooms/{videoRoomId}",
            "deleteVideoRoom",
            "Delete a room",
        )
        .about("A room that is on air is taken off the air first.")
        .takes([id()])
        .answers_nothing("204", "The room is not there any more.")
        .refuses(&[VideoRoomNotFound]),
    ]
}

fn broadcasts() -> Vec<Call> {
    let of_broadcast = |path, id_of_call, summary, room| {
        Call::of_app(TAG, HttpMethod::Post, path, id_of_call, summary)
            .takes([id()])
            .answers::<VideoRoomJson<'_>>("200", "The room as it is now.", room)
            .refuses(&[VideoRoomNotFound, VideoRoomTypeNotBroadcastRtmp])
    };
    vec![
        of_broadcast(
            "/v2/apps/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/live",
            "startBroadcast",
            "Put a room on air",
            live_room(),
        )
        .about("The room becomes `LIVE`, its member's stream key `ACTIVE_LIVE`.")
        .refuses(&[
            VideoRoomStateNotScheduled,
            StreamKeyNotFound,
            StreamKeyStateNotActive,
        ]),
        of_broadcast(
            "/v2/apps/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/ended",
            "endBroadcast",
            "End an interrupted broadcast",
            example!("video_room_ended"),
        )
        .about("The room becomes `ENDED`, its member's stream key `INACTIVE`.")
        .refuses(&[
            VideoRoomStateNotLiveInactive,
            StreamKeyNotFound,
            StreamKeyStateNotInactiveLive,
        ]),
        of_broadcast(
            "/v2/apps/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/cancelled",
            "cancelBroadcast",
            "Call a scheduled room off",
            example!("video_room_cancelled"),
        )
        .refuses(&[VideoRoomStateNotScheduled]),
    ]
}
