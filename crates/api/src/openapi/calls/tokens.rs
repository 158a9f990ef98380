//! Tokens for players, and tokens made anew.

use application::ErrorCode::{InternalServerError, InvalidRefreshToken, ServiceUnavailable};
use serde_json::json;
use utoipa::openapi::{HttpMethod, Required};

use super::super::call::{Call, TOKENS as TAG};
use super::example;
use crate::json::{LoginTokensJson, RefreshJson, StreamingTokenJson};

pub(super) fn calls() -> Vec<Call> {
    let tokens = example!("login_tokens");
    let streaming = json!({ "streamingToken": tokens["streamingToken"] });
    let refresh = json!({ "refreshToken": tokens["refreshToken"] });
    vec![
        Call::of_app(
            TAG,
            HttpMethod::Post,
            "/v2/apps/me/streaming-tokens",
            "issueStreamingToken",
            "Make a token for a player",
        )
        .about("It opens every stream of the app.")
        .answers::<StreamingTokenJson<'_>>("201", "The token.", streaming),
        Call::of_anybody(
            TAG,
            HttpMethod::Post,
            "/v2/members/tokens/refresh",
            "refreshTokens",
            "Make tokens anew",
        )
        .about("For members' devices: takes no credentials of the app.")
        .body::<RefreshJson>(Required::True, refresh)
        .answers::<LoginTokensJson<'_>>("200", "The three tokens anew.", tokens)
        .refuses(&[InvalidRefreshToken, InternalServerError, ServiceUnavailable]),
        Call::of_anybody(
            TAG,
            HttpMethod::Options,
            "/v2/members/tokens/refresh",
            "preflightRefresh",
            "What pages of other sites may ask for",
        )
        .answers_nothing("204", "Any origin may `POST`."),
    ]
}
