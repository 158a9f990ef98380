//! Transcoding profiles, by themselves and as a stream key shows its own.

use domain::{EntityState, TranscodingProfile};
use serde::Serialize;

use super::time::Time;

/// Who made a profile that is part of the platform.
const SYSTEM: &str = "SYSTEM";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileJson {
    id: i64,
    state: &'static str,
    r#type: &'static str,
    creator_type: &'static str,
    name: &'static str,
    description: Option<&'static str>,
    profile: Rendering,
    created_at: Time,
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
#[derive(Serialize)]
pub(super) struct ProfileBriefJson {
    id: i64,
    state: &'static str,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rendering {
    /// Seconds.
    segment_duration: u32,
    /// What is re-encoded: nothing.
    video_streams: [(); 0],
    audio_stream: (),
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
