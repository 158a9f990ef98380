//! A video room as the API tells it: the seed's fields in the seed's order, then those of the contract.

use domain::{Description, StreamKeyMode};
use ports::store::{StreamKeyBrief, VideoRoomView};
use serde::Serialize;
use utoipa::ToSchema;

use super::brief::{AppJson, MemberBriefJson, PlayUrl, PlayUrls, Text, UserJson};
use super::time::Time;
use super::words;
use crate::state::Links;

/// A room in which one member broadcasts, or several meet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VideoRoom)]
pub(crate) struct VideoRoomJson<'a> {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    #[schema(value_type = words::VideoRoomState)]
    video_room_state: &'static str,
    #[schema(value_type = words::VideoRoomType)]
    r#type: &'static str,
    #[schema(value_type = words::VideoFormat)]
    format: &'static str,
    app: AppJson<'a>,
    member: MemberBriefJson<'a>,
    #[schema(value_type = words::CreatorType)]
    creator_type: &'static str,
    creator_id: i64,
    #[schema(value_type = words::AccessLevel)]
    access_level: &'static str,
    title: &'a str,
    description: Option<&'a str>,
    #[schema(value_type = Option<String>, format = DateTime)]
    scheduled_at: Option<Time>,
    stream_key: Option<StreamKeyBriefJson>,
    /// The address for players, while the room is on air.
    #[schema(value_type = Option<String>, format = "uri")]
    live_url: Option<PlayUrl<'a>>,
    chat: ChatJson<'a>,
    stats: StatsJson,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    last_modified_at: Time,
    created_by: UserJson<'a>,
    last_modified_by: UserJson<'a>,
    #[schema(value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    live_started_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    live_ended_at: Option<Time>,
    forcibly_terminated: bool,
    #[schema(value_type = words::VodState)]
    vod_state: &'static str,
    #[schema(value_type = Option<String>, format = "uri")]
    vod_url: (),
    #[serde(flatten)]
    play_urls: PlayUrls<'a>,
}

impl<'a> VideoRoomJson<'a> {
    pub(crate) fn new(view: &'a VideoRoomView, links: &'a Links) -> Self {
        let room = &view.room;
        let on_air = room.state.is_on_air();
        let mode = view.stream_key.as_ref().map(|key| key.mode);
        let play_urls = room
            .playback
            .as_ref()
            .filter(|_| on_air)
            .map(|id| PlayUrls::new(links, id, mode.unwrap_or(StreamKeyMode::Cmaf)))
            .unwrap_or_default();
        Self {
            id: room.id.get(),
            state: room.entity_state.name(),
            video_room_state: room.state.name(),
            r#type: room.kind.name(),
            format: room.kind.format().name(),
            app: (&view.app).into(),
            member: (&view.member).into(),
            creator_type: room.creator_type.name(),
            creator_id: room.creator_id,
            access_level: room.access_level.name(),
            title: room.title.as_str(),
            description: room.description.as_ref().map(Description::as_str),
            scheduled_at: room.scheduled_at.map(Time),
            stream_key: view.stream_key.as_ref().filter(|_| on_air).map(Into::into),
            live_url: play_urls.live_url(),
            chat: ChatJson {
                video_key: Text(room.id.get()),
                channel_key: &room.channel_key,
            },
            stats: StatsJson {
                total_member_whitelist_count: view.whitelist_count,
            },
            created_at: Time(room.created_at),
            last_modified_at: Time(room.last_modified_at),
            created_by: (&view.owner).into(),
            last_modified_by: (&view.owner).into(),
            cancelled_at: room.cancelled_at.map(Time),
            live_started_at: room.live_started_at.map(Time),
            live_ended_at: room.live_ended_at.map(Time),
            forcibly_terminated: room.forcibly_terminated,
            vod_state: room.vod_state.name(),
            vod_url: (),
            play_urls,
        }
    }
}

/// A stream key, in short.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StreamKeyBrief)]
struct StreamKeyBriefJson {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    #[schema(value_type = words::StreamKeyState)]
    stream_key_state: &'static str,
}

impl From<&StreamKeyBrief> for StreamKeyBriefJson {
    fn from(key: &StreamKeyBrief) -> Self {
        Self {
            id: key.id.get(),
            state: key.entity_state.name(),
            stream_key_state: key.state.name(),
        }
    }
}

/// Where the room's chat is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VideoRoomChat)]
struct ChatJson<'a> {
    /// The room's id as text.
    #[schema(value_type = String)]
    video_key: Text,
    channel_key: &'a str,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VideoRoomStats)]
struct StatsJson {
    total_member_whitelist_count: u64,
}
