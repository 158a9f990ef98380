//! `/transcoding-profiles`.

use application::ErrorCode::TranscodingProfileNotFound;
use utoipa::openapi::HttpMethod;

use super::super::call::{Call, STREAM_KEYS as TAG};
use super::super::parameters::{id, paging};
use super::example;
use crate::json::ProfileJson;

pub(super) fn calls() -> Vec<Call> {
    let profile = example!("transcoding_profile");
    vec![
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/transcoding-profiles",
            "listTranscodingProfiles",
            "List transcoding profiles",
        )
        .takes(paging())
        .answers_page::<ProfileJson>("A page of profiles.", &profile),
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/transcoding-profiles/{profileId}",
            "getTranscodingProfile",
            "Read a transcoding profile",
        )
        .takes([id("profileId", "The profile's id.")])
        .answers::<ProfileJson>("200", "The profile.", profile)
        .refuses(&[TranscodingProfileNotFound]),
    ]
}
