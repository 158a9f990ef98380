//! Tokens as the API hands them out, and takes them back.

use application::LoginTokens;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody who logged in has.
#[derive(Serialize, ToSchema)]
#[schema(as = LoginTokens)]
pub(crate) struct LoginTokensJson<'a> {
    /// Opens what members may call; 24 h.
    #[serde(rename = "accessToken")]
    access: &'a str,
    /// Makes all three anew; 30 days.
    #[serde(rename = "refreshToken")]
    refresh: &'a str,
    /// Opens what this member may watch; 24 h.
    #[serde(rename = "streamingToken")]
    streaming: &'a str,
}

impl<'a> From<&'a LoginTokens> for LoginTokensJson<'a> {
    fn from(tokens: &'a LoginTokens) -> Self {
        Self {
            access: &tokens.access,
            refresh: &tokens.refresh,
            streaming: &tokens.streaming,
        }
    }
}

/// A token for players.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StreamingToken)]
pub(crate) struct StreamingTokenJson<'a> {
    pub(crate) streaming_token: &'a str,
}

/// What makes tokens anew.
#[derive(Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Refresh)]
pub(crate) struct RefreshJson {
    #[schema(value_type = String, required = true)]
    refresh_token: Option<String>,
}

impl RefreshJson {
    /// The token that is shown; an empty one, which is none, if there is none.
    pub(crate) fn into_token(self) -> String {
        self.refresh_token.unwrap_or_default()
    }
}
