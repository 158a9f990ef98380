//! Transcoding profiles, by themselves and as a stream key shows its own.

use domain::{EntityState, TranscodingProfile};
use serde::Serialize;
use utoipa::ToSchema;

use super::time::Time;
use super::words;

/// Who made a profile that is part of the platform.
const SYSTEM: &str = "SYSTEM";

/// What can be made of a publisher's media.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TranscodingProfile)]
pub(crate) struct ProfileJson {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    #[schema(value_type = words::TranscodingProfileType)]
    r#type: &'static str,
    #[schema(value_type = words::ProfileCreatorType)]
    creator_type: &'static str,
    name: &'static str,
    description: Option<&'static str>,
    profile: Rendering,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    last_modified_at: Time,
}

impl From<&TranscodingProfile> for ProfileJson {
    fn from(profile: &TranscodingProfile) -> Self {
        Self {
            id: profile.id.get(),
            state: EntityState::Active.name(),
            r#type: profile.kind.name(),
            creator_type: SYSTEM,
            name: profile.name,
            description: Some(profile.description),
            profile: Rendering::source(profile.segment_seconds),
            created_at: Time(profile.created_at),
            last_modified_at: Time(profile.created_at),
        }
    }
}

/// What a stream key says of its profile.
#[derive(Serialize, ToSchema)]
#[schema(as = TranscodingProfileBrief)]
pub(super) struct ProfileBriefJson {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    #[schema(value_type = words::TranscodingProfileType)]
    r#type: &'static str,
    name: &'static str,
    profile: Rendering,
}

impl From<&TranscodingProfile> for ProfileBriefJson {
    fn from(profile: &TranscodingProfile) -> Self {
        Self {
            id: profile.id.get(),
            state: EntityState::Active.name(),
            r#type: profile.kind.name(),
            name: profile.name,
            profile: Rendering::source(profile.segment_seconds),
        }
    }
}

/// How media is made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Rendering {
    /// Seconds.
    segment_duration: u32,
    /// What is re-encoded: nothing.
    #[schema(value_type = Vec<Object>, max_items = 0)]
    video_streams: [(); 0],
    #[schema(schema_with = words::null)]
    audio_stream: (),
    #[schema(schema_with = words::null)]
    drm: (),
}

impl Rendering {
    const fn source(segment_duration: u32) -> Self {
        Self {
            segment_duration,
            video_streams: [],
            audio_stream: (),
            drm: (),
        }
    }
}
