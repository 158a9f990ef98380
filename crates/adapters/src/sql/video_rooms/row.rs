//! Rows of rooms, and what they are in the domain.

use diesel::prelude::*;
use domain::{
    AccessLevel, AppId, CreatorType, Description, EntityState, MemberId, PlaybackId, Title, VideoRoom,
    VideoRoomId, VideoRoomRecord, VideoRoomState, VideoRoomType, VodState,
};
use ports::store::{StoreError, VideoRoomBrief, VideoRoomView};

use super::super::apps::{AppBriefRow, UserRow};
use super::super::members::MemberBriefRow;
use super::super::schema::video_rooms;
use super::super::stream_keys::{StreamKeyBriefRow, no_playback_id};
use super::super::word::Word;
use super::super::{Db, Stamp, corrupt, stamp, timestamp};
use super::WHAT;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = video_rooms, treat_none_as_null = true, check_for_backend(Db))]
pub(super) struct VideoRoomRow {
    id: i64,
    app_id: i64,
    member_id: i64,
    entity_state: Word<EntityState>,
    state: Word<VideoRoomState>,
    kind: Word<VideoRoomType>,
    creator_type: Word<CreatorType>,
    creator_id: i64,
    access_level: Word<AccessLevel>,
    title: String,
    description: Option<String>,
    scheduled_at: Option<Stamp>,
    channel_key: String,
    playback: Option<String>,
    live_started_at: Option<Stamp>,
    interrupted_at: Option<Stamp>,
    live_ended_at: Option<Stamp>,
    cancelled_at: Option<Stamp>,
    forcibly_terminated: bool,
    vod_state: Word<VodState>,
    created_at: Stamp,
    last_modified_at: Stamp,
}

impl From<&VideoRoomRecord> for VideoRoomRow {
    fn from(room: &VideoRoomRecord) -> Self {
        Self {
            id: room.id.get(),
            app_id: room.app.get(),
            member_id: room.member.get(),
            entity_state: Word(room.entity_state),
            state: Word(room.state),
            kind: Word(room.kind),
            creator_type: Word(room.creator_type),
            creator_id: room.creator_id,
            access_level: Word(room.access_level),
            title: room.title.as_str().to_owned(),
            description: room.description.as_ref().map(|text| text.as_str().to_owned()),
            scheduled_at: room.scheduled_at.map(stamp),
            channel_key: room.channel_key.clone(),
            playback: room.playback.as_ref().map(|id| id.as_str().to_owned()),
            live_started_at: room.live_started_at.map(stamp),
            interrupted_at: room.interrupted_at.map(stamp),
            live_ended_at: room.live_ended_at.map(stamp),
            cancelled_at: room.cancelled_at.map(stamp),
            forcibly_terminated: room.forcibly_terminated,
            vod_state: Word(room.vod_state),
            created_at: stamp(room.created_at),
            last_modified_at: stamp(room.last_modified_at),
        }
    }
}

impl TryFrom<VideoRoomRow> for VideoRoom {
    type Error = StoreError;

    fn try_from(row: VideoRoomRow) -> Result<Self, StoreError> {
        let playback = match row.playback {
            None => None,
            Some(id) => Some(PlaybackId::parse(&id).ok_or_else(|| no_playback_id(WHAT))?),
        };
        Self::restore(VideoRoomRecord {
            id: VideoRoomId::new(row.id),
            app: AppId::new(row.app_id),
            member: MemberId::new(row.member_id),
            entity_state: row.entity_state.0,
            state: row.state.0,
            kind: row.kind.0,
            creator_type: row.creator_type.0,
            creator_id: row.creator_id,
            access_level: row.access_level.0,
            title: Title::new(row.title).map_err(corrupt(WHAT))?,
            description: row
                .description
                .map(Description::new)
                .transpose()
                .map_err(corrupt(WHAT))?,
            scheduled_at: row.scheduled_at.map(timestamp),
            channel_key: row.channel_key,
            playback,
            live_started_at: row.live_started_at.map(timestamp),
            interrupted_at: row.interrupted_at.map(timestamp),
            live_ended_at: row.live_ended_at.map(timestamp),
            cancelled_at: row.cancelled_at.map(timestamp),
            forcibly_terminated: row.forcibly_terminated,
            vod_state: row.vod_state.0,
            created_at: timestamp(row.created_at),
            last_modified_at: timestamp(row.last_modified_at),
        })
        .map_err(corrupt(WHAT))
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = video_rooms, check_for_backend(Db))]
pub(in super::super) struct VideoRoomBriefRow {
    id: i64,
    entity_state: Word<EntityState>,
    state: Word<VideoRoomState>,
    kind: Word<VideoRoomType>,
    title: String,
}

impl From<VideoRoomBriefRow> for VideoRoomBrief {
    fn from(row: VideoRoomBriefRow) -> Self {
        Self {
            id: VideoRoomId::new(row.id),
            entity_state: row.entity_state.0,
            state: row.state.0,
            kind: row.kind.0,
            title: row.title,
        }
    }
}

/// A room with what is shown beside it, as one query answers; the number is that of members on its whitelist.
pub(super) type ViewRow = (
    VideoRoomRow,
    AppBriefRow,
    UserRow,
    MemberBriefRow,
    Option<StreamKeyBriefRow>,
    i64,
);

/// The read model of such a row.
pub(super) fn view(row: ViewRow) -> Result<VideoRoomView, StoreError> {
    let (room, app, owner, member, stream_key, whitelist_count) = row;
    Ok(VideoRoomView {
        room: VideoRoom::try_from(room)?.into_record(),
        app: app.into(),
        owner: owner.into(),
        member: member.into(),
        stream_key: stream_key.map(Into::into),
        whitelist_count: u64::try_from(whitelist_count).map_err(corrupt(WHAT))?,
    })
}
