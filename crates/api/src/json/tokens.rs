//! Tokens as the API hands them out, and takes them back.

use application::LoginTokens;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(crate) struct LoginTokensJson<'a> {
    #[serde(rename = "accessToken")]
    access: &'a str,
    #[serde(rename = "refreshToken")]
    refresh: &'a str,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamingTokenJson<'a> {
    pub(crate) streaming_token: &'a str,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RefreshJson {
    refresh_token: Option<String>,
}

impl RefreshJson {
    /// The token that is shown; an empty one, which is none, if there is none.
    pub(crate) fn into_token(self) -> String {
        self.refresh_token.unwrap_or_default()
    }
}
