//! What a playback id leads to.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    AccessLevel, AppId, EntityState, InvalidRecord, MemberId, PlaybackId, SessionId, StreamKeyId,
    VideoRoomId, VideoRoomState,
};
use ports::store::{Holder, Playback, StoreError};

use super::super::dialect::{Conn, NOW, Ts};
use super::super::schema::{nodes, sessions, stream_keys, video_rooms};
use super::super::word::Word;
use super::super::{Db, Stamp, failed, timestamp};
use super::WHAT;

#[derive(Queryable, Selectable)]
#[diesel(table_name = video_rooms, check_for_backend(Db))]
struct RoomRow {
    id: i64,
    app_id: i64,
    member_id: i64,
    title: String,
    state: Word<VideoRoomState>,
    access_level: Word<AccessLevel>,
    live_started_at: Option<Stamp>,
    live_ended_at: Option<Stamp>,
}

/// The room of that playback id, unless it was deleted or ended by force. A member has one key for good, so the key
/// that the room was on air with is its member's.
pub(super) async fn of_room(conn: &mut Conn, id: &PlaybackId) -> Result<Option<Playback>, StoreError> {
    let found: Option<(RoomRow, i64)> = video_rooms::table
        .inner_join(stream_keys::table.on(stream_keys::member_id.eq(video_rooms::member_id)))
        .filter(video_rooms::playback.eq(id.as_str()))
        .filter(video_rooms::entity_state.eq(EntityState::Active.name()))
        .filter(video_rooms::forcibly_terminated.eq(false))
        .select((RoomRow::as_select(), stream_keys::id))
        .get_result(conn)
        .await
        .optional()
        .map_err(failed(WHAT))?;
    let Some((room, key)) = found else {
        return Ok(None);
    };
    let from = room.live_started_at.ok_or_else(|| {
        StoreError::corrupt(
            WHAT,
            InvalidRecord("a video room has a playback id exactly since its start"),
        )
    })?;
    Ok(Some(Playback::Room {
        id: VideoRoomId::new(room.id),
        app: AppId::new(room.app_id),
        member: MemberId::new(room.member_id),
        title: room.title,
        state: room.state.0,
        access_level: room.access_level.0,
        key: StreamKeyId::new(key),
        from: timestamp(from),
        until: room.live_ended_at.map(timestamp),
        holder: holder(conn, Of::Key(key, room.live_ended_at)).await?,
    }))
}

/// The key that can be previewed under that playback id: it has one exactly while somebody publishes.
pub(super) async fn of_preview(conn: &mut Conn, id: &PlaybackId) -> Result<Option<Playback>, StoreError> {
    let found: Option<(i64, i64, i64, Option<i64>)> = stream_keys::table
        .filter(stream_keys::preview.eq(id.as_str()))
        .filter(stream_keys::entity_state.eq(EntityState::Active.name()))
        .select((
            stream_keys::app_id,
            stream_keys::member_id,
            stream_keys::id,
            stream_keys::session_id,
        ))
        .get_result(conn)
        .await
        .optional()
        .map_err(failed("stream key"))?;
    let Some((app, member, key, session)) = found else {
        return Ok(None);
    };
    let session = session.ok_or_else(|| {
        StoreError::corrupt(
            "stream key",
            InvalidRecord("a stream key has a preview exactly while it has a session"),
        )
    })?;
    Ok(Some(Playback::Preview {
        app: AppId::new(app),
        member: MemberId::new(member),
        key: StreamKeyId::new(key),
        session: SessionId::new(session),
        holder: holder(conn, Of::Session(session)).await?,
    }))
}

/// Whose media it is.
enum Of {
    /// That of the session that published last with a key, before its broadcast was over.
    Key(i64, Option<Stamp>),
    Session(i64),
}

/// The process that holds media, and whether it is alive.
async fn holder(conn: &mut Conn, of: Of) -> Result<Option<Holder>, StoreError> {
    let is_alive = nodes::expires_at.gt(sql::<Ts>(NOW));
    let query = sessions::table
        .left_join(nodes::table.on(nodes::name.eq(sessions::node)))
        .order((sessions::started_at.desc(), sessions::id.desc()))
        .select((sessions::node, (nodes::public_url, is_alive).nullable()))
        .into_boxed();
    let query = match of {
        Of::Key(key, None) => query.filter(sessions::stream_key_id.eq(key)),
        Of::Key(key, Some(until)) => query
            .filter(sessions::stream_key_id.eq(key))
            .filter(sessions::started_at.le(until)),
        Of::Session(session) => query.filter(sessions::id.eq(session)),
    };
    let found: Option<(String, Option<(String, bool)>)> =
        query.first(conn).await.optional().map_err(failed("session"))?;
    Ok(found.map(|(node, lease)| match lease {
        Some((url, alive)) => Holder {
            node,
            url: Some(url),
            alive,
        },
        None => Holder {
            node,
            url: None,
            alive: false,
        },
    }))
}
