//! The one transcoding profile that there is: the source as it comes, without re-encoding.

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ProfileJson {
    id: i64,
    state: &'static str,
    r#type: &'static str,
    name: &'static str,
    profile: Rendering,
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

pub(super) const SOURCE: ProfileJson = ProfileJson {
    id: 1,
    state: "ACTIVE",
    r#type: "SOURCE",
    name: "Source",
    profile: Rendering {
        segment_duration: 2,
        video_streams: [],
        audio_stream: (),
        drm: (),
    },
};
