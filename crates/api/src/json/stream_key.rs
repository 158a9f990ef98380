//! A stream key as the API tells its app. The one place where the key string itself goes out.

use domain::{MediaFailure, TranscodingProfile};
use ports::store::{StreamKeyView, VideoRoomBrief};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::brief::{AppJson, MemberBriefJson, PlayUrl, PlayUrls};
use super::profile::ProfileBriefJson;
use super::time::Time;
use super::words;
use crate::state::Links;

/// What a member publishes with, and what it is doing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StreamKey)]
pub(crate) struct StreamKeyJson<'a> {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    #[schema(value_type = words::StreamKeyState)]
    stream_key_state: &'static str,
    forcibly_terminated: bool,
    app: AppJson<'a>,
    member: MemberBriefJson<'a>,
    video_room: Option<VideoRoomBriefJson<'a>>,
    /// Where the member publishes, with the stream key as the stream's name.
    #[schema(value_type = String, format = "uri")]
    ingest_url: IngestUrl<'a>,
    /// The secret itself.
    stream_key: &'a str,
    #[schema(value_type = words::StreamKeyMode)]
    mode: &'static str,
    /// The owner's preview, while there is something to play.
    #[schema(value_type = Option<String>, format = "uri")]
    live_url: Option<PlayUrl<'a>>,
    #[serde(flatten)]
    play_urls: PlayUrls<'a>,
    profile: ProfileBriefJson,
    error: Option<FailureJson<'a>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    last_modified_at: Time,
}

impl<'a> StreamKeyJson<'a> {
    pub(crate) fn new(view: &'a StreamKeyView, links: &'a Links) -> Self {
        let key = &view.key;
        let playable = key.state.is_playable();
        let play_urls = key
            .preview
            .as_ref()
            .filter(|_| playable)
            .map(|id| PlayUrls::new(links, id, key.effective_mode()))
            .unwrap_or_default();
        Self {
            id: key.id.get(),
            state: key.entity_state.name(),
            stream_key_state: key.state.name(),
            forcibly_terminated: key.forcibly_terminated,
            app: (&view.app).into(),
            member: (&view.member).into(),
            video_room: view.video_room.as_ref().map(Into::into),
            ingest_url: IngestUrl(links.rtmp()),
            stream_key: key.secret.expose(),
            mode: key.mode.name(),
            live_url: play_urls.live_url(),
            play_urls,
            profile: (&TranscodingProfile::SOURCE).into(),
            error: key.failure.as_ref().map(Into::into),
            created_at: Time(key.created_at),
            last_modified_at: Time(key.last_modified_at),
        }
    }
}

struct IngestUrl<'a>(&'a str);

impl Serialize for IngestUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/live", self.0))
    }
}

/// The room that a stream key is bound to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VideoRoomBrief)]
struct VideoRoomBriefJson<'a> {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    #[schema(value_type = words::VideoRoomState)]
    video_room_state: &'static str,
    #[schema(value_type = words::VideoRoomType)]
    r#type: &'static str,
    title: &'a str,
}

impl<'a> From<&'a VideoRoomBrief> for VideoRoomBriefJson<'a> {
    fn from(room: &'a VideoRoomBrief) -> Self {
        Self {
            id: room.id.get(),
            state: room.entity_state.name(),
            video_room_state: room.state.name(),
            r#type: room.kind.name(),
            title: &room.title,
        }
    }
}

/// The last failure of the media.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MediaFailure)]
struct FailureJson<'a> {
    #[schema(value_type = Option<String>)]
    code: (),
    message: &'a str,
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Time,
}

impl<'a> From<&'a MediaFailure> for FailureJson<'a> {
    fn from(failure: &'a MediaFailure) -> Self {
        Self {
            code: (),
            message: &failure.message,
            occurred_at: Time(failure.occurred_at),
        }
    }
}
