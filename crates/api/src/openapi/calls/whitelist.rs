//! `/video-rooms/{videoRoomId}/whitelist`.

use application::ErrorCode::{MemberNotFound, VideoRoomNotFound};
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::Parameter;

use super::super::call::{Call, VIDEO_ROOMS as TAG};
use super::super::parameters::{self, app_user_id, paging};
use super::example;
use crate::json::MemberJson;

const PATH: &str = "/v2/apps/me/video-rooms/{videoRoomId}/whitelist";
const ONE: &str = "/v2/apps/me/video-rooms/{videoRoomId}/whitelist/{appUserId}";

fn id() -> Parameter {
    parameters::id("videoRoomId", "The room's id.")
}

pub(super) fn calls() -> Vec<Call> {
    vec![
        Call::of_app(
            TAG,
            HttpMethod::Get,
            PATH,
            "listWhitelist",
            "List who is on a room's whitelist",
        )
        .about("It counts while the room is `RESTRICTED`, and can be kept for any room.")
        .takes([id()])
        .takes(paging())
        .answers_page::<MemberJson<'_>>(
            "A page of members, the last one added first.",
            &example!("member"),
        )
        .refuses(&[VideoRoomNotFound]),
        Call::of_app(
            TAG,
            HttpMethod::Put,
            ONE,
            "addToWhitelist",
            "Put a member on a room's whitelist",
        )
        .takes([id(), app_user_id()])
        .answers_nothing("204", "The member is on it.")
        .refuses(&[VideoRoomNotFound, MemberNotFound]),
        Call::of_app(
            TAG,
            HttpMethod::Delete,
            ONE,
            "removeFromWhitelist",
            "Take a member off a room's whitelist",
        )
        .about("Whoever watches already goes on.")
        .takes([id(), app_user_id()])
        .answers_nothing("204", "The member is not on it.")
        .refuses(&[VideoRoomNotFound, MemberNotFound]),
    ]
}
