//! `/members`.

use application::ErrorCode::{
    self, AppUserIdSizeUpperLimitExceeded, EmptyAppUserId, InvalidAppUserIdFormat, MemberNotFound,
    StreamKeyNotFound,
};
use serde_json::{Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{HttpMethod, Required};

use super::super::call::{Call, MEMBERS as TAG, STREAM_KEYS, TOKENS};
use super::super::parameters::{app_user_id, in_path, paging, sort_by, text};
use super::example;
use crate::json::{LoginTokensJson, MemberJson, RegisterMemberJson, StreamKeyJson, UpdateMemberJson};

const ID: &[ErrorCode] = &[
    EmptyAppUserId,
    InvalidAppUserIdFormat,
    AppUserIdSizeUpperLimitExceeded,
];
const LENGTHS: &[ErrorCode] = &[
    ErrorCode::AppUserNameSizeUpperLimitExceeded,
    ErrorCode::AppUserProfileImgUrlSizeUpperLimitExceeded,
    ErrorCode::EmailSizeUpperLimitExceeded,
    ErrorCode::CustomTypeSizeUpperLimitExceeded,
    ErrorCode::CustomDataItemCountUpperLimitExceeded,
    ErrorCode::CustomDataItemNameSizeUpperLimitExceeded,
    ErrorCode::CustomDataItemValueSizeUpperLimitExceeded,
];

fn member() -> Value {
    example!("member")
}

fn register() -> Value {
    example!("register_member")
}

pub(super) fn calls() -> Vec<Call> {
    records().into_iter().chain(logins()).chain(keys()).collect()
}

fn records() -> [Call; 5] {
    [
        Call::of_app(TAG, HttpMethod::Get, "/v2/apps/me/members", "listMembers", "List members")
            .takes([
                text("appUserId", "Only the member of this id."),
                text("appUserName", "Only members of exactly this name."),
                sort_by::<ports::store::MemberSort>(),
            ])
            .takes(paging())
            .answers_page::<MemberJson<'_>>("A page of members.", &member()),
        Call::of_app(TAG, HttpMethod::Post, "/v2/apps/me/members", "registerMember", "Register or update a member")
            .about("The member of this `appUserId` is updated with the fields that are there, or made, with a stream key of its own.")
            .body::<RegisterMemberJson>(Required::True, register())
            .answers::<MemberJson<'_>>("201", "The member.", member())
            .refuses(ID)
            .refuses(LENGTHS)
            // For a repeated call whose member was deleted since.
            .refuses(&[MemberNotFound]),
        Call::of_app(TAG, HttpMethod::Get, "/v2/apps/me/members/{appUserId}", "getMember", "Read a member")
            .takes([app_user_id()])
            .answers::<MemberJson<'_>>("200", "The member.", member())
            .refuses(&[MemberNotFound]),
        Call::of_app(TAG, HttpMethod::Patch, "/v2/apps/me/members/{appUserId}", "updateMember", "Change what is told about a member")
            .takes([app_user_id()])
            .body::<UpdateMemberJson>(Required::False, json!({ "appUserName": "Foo Bar", "email": null }))
            .answers::<MemberJson<'_>>("200", "The member.", member())
            .refuses(LENGTHS)
            .refuses(&[MemberNotFound]),
        Call::of_app(TAG, HttpMethod::Delete, "/v2/apps/me/members/{appUserId}", "deleteMembers", "Delete members")
            .about("Several `appUserId`s are separated by commas; unknown ones are passed over. What goes on with their stream keys ends.")
            .takes([in_path(
                "appUserId",
                "The members' ids, separated by commas.",
                ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)),
            )])
            .answers_nothing("204", "They are not there any more."),
    ]
}

fn logins() -> [Call; 2] {
    let tokens = example!("login_tokens");
    [
        Call::of_app(
            TOKENS,
            HttpMethod::Post,
            "/v2/apps/me/members/login",
            "logMemberIn",
            "Log a member in",
        )
        .about("Registers or updates the member, as `POST /v2/apps/me/members` does, and answers its tokens.")
        .body::<RegisterMemberJson>(Required::True, register())
        .answers::<LoginTokensJson<'_>>("200", "The member's tokens.", tokens.clone())
        .refuses(ID)
        .refuses(LENGTHS)
        .refuses(&[MemberNotFound]),
        Call::of_app(
            TOKENS,
            HttpMethod::Post,
            "/v2/apps/me/members/login-as-guest",
            "logGuestIn",
            "Log a guest in",
        )
        .about("A guest is nobody: no member is made.")
        .answers::<LoginTokensJson<'_>>("200", "The guest's tokens.", tokens),
    ]
}

fn keys() -> [Call; 2] {
    [
        Call::of_app(
            STREAM_KEYS,
            HttpMethod::Get,
            "/v2/apps/me/members/{appUserId}/stream-key",
            "getMemberStreamKey",
            "Read a member's stream key",
        )
        .takes([app_user_id()])
        .answers::<StreamKeyJson<'_>>("200", "The stream key.", example!("stream_key"))
        .refuses(&[MemberNotFound, StreamKeyNotFound]),
        Call::of_app(
            STREAM_KEYS,
            HttpMethod::Post,
            "/v2/apps/me/members/{appUserId}/stream-key/force-terminate",
            "forceTerminateMemberStreamKey",
            "End what goes on with a member's stream key",
        )
        .takes([app_user_id()])
        .answers_nothing("204", "Nothing goes on any more.")
        .refuses(&[MemberNotFound, StreamKeyNotFound]),
    ]
}
