//! Stream keys.

mod list;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    AppId, AppUserId, EntityState, InvalidRecord, MediaFailure, MemberId, PlaybackId, SessionId, StreamKey,
    StreamKeyId, StreamKeyMode, StreamKeyRecord, StreamKeySecret, StreamKeyState, VideoRoomId,
};
use ports::store::{
    Page, PageRequest, StoreError, StreamKeyBrief, StreamKeyFilter, StreamKeyRepository, StreamKeyView,
    Versioned,
};

use super::apps::AppBriefRow;
use super::members::{MemberBriefRow, is_active};
use super::schema::{apps, members, stream_keys, video_rooms};
use super::video_rooms::VideoRoomBriefRow;
use super::word::Word;
use super::{Db, Stamp, UnitOfWork, corrupt, dialect, failed, hit_one, stamp, timestamp};
use crate::held::Held;

const WHAT: &str = "stream key";

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = stream_keys, treat_none_as_null = true, check_for_backend(Db))]
struct StreamKeyRow {
    id: i64,
    app_id: i64,
    member_id: i64,
    entity_state: Word<EntityState>,
    state: Word<StreamKeyState>,
    secret: String,
    mode: Word<StreamKeyMode>,
    session_id: Option<i64>,
    preview: Option<String>,
    video_room_id: Option<i64>,
    forcibly_terminated: bool,
    failure_message: Option<String>,
    failure_at: Option<Stamp>,
    created_at: Stamp,
    last_modified_at: Stamp,
    session_mode: Option<Word<StreamKeyMode>>,
}

impl From<&StreamKeyRecord> for StreamKeyRow {
    fn from(key: &StreamKeyRecord) -> Self {
        Self {
            id: key.id.get(),
            app_id: key.app.get(),
            member_id: key.member.get(),
            entity_state: Word(key.entity_state),
            state: Word(key.state),
            secret: key.secret.expose().to_owned(),
            mode: Word(key.mode),
            session_id: key.session.map(SessionId::get),
            preview: key.preview.as_ref().map(|id| id.as_str().to_owned()),
            video_room_id: key.video_room.map(VideoRoomId::get),
            forcibly_terminated: key.forcibly_terminated,
            failure_message: key.failure.as_ref().map(|failure| failure.message.clone()),
            failure_at: key.failure.as_ref().map(|failure| stamp(failure.occurred_at)),
            created_at: stamp(key.created_at),
            last_modified_at: stamp(key.last_modified_at),
            session_mode: key.session_mode.map(Word),
        }
    }
}

impl TryFrom<StreamKeyRow> for StreamKey {
    type Error = StoreError;

    fn try_from(row: StreamKeyRow) -> Result<Self, StoreError> {
        let preview = match row.preview {
            None => None,
            Some(id) => Some(PlaybackId::parse(&id).ok_or_else(|| no_playback_id(WHAT))?),
        };
        let failure = match (row.failure_message, row.failure_at) {
            (None, None) => None,
            (Some(message), Some(at)) => Some(MediaFailure {
                message,
                occurred_at: timestamp(at),
            }),
            _ => {
                return Err(StoreError::corrupt(
                    WHAT,
                    InvalidRecord("a failure has a message and a time"),
                ));
            }
        };
        Self::restore(StreamKeyRecord {
            id: StreamKeyId::new(row.id),
            app: AppId::new(row.app_id),
            member: MemberId::new(row.member_id),
            entity_state: row.entity_state.0,
            state: row.state.0,
            secret: StreamKeySecret::new(row.secret),
            mode: row.mode.0,
            session_mode: row.session_mode.map(|word| word.0),
            session: row.session_id.map(SessionId::new),
            preview,
            video_room: row.video_room_id.map(VideoRoomId::new),
            forcibly_terminated: row.forcibly_terminated,
            failure,
            created_at: timestamp(row.created_at),
            last_modified_at: timestamp(row.last_modified_at),
        })
        .map_err(corrupt(WHAT))
    }
}

/// What is wrong with a text that stands where a playback id should.
pub(super) fn no_playback_id(what: &'static str) -> StoreError {
    StoreError::corrupt(what, InvalidRecord("a playback id can't be like that"))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = stream_keys, check_for_backend(Db))]
pub(super) struct StreamKeyBriefRow {
    id: i64,
    entity_state: Word<EntityState>,
    state: Word<StreamKeyState>,
    mode: Word<StreamKeyMode>,
    session_mode: Option<Word<StreamKeyMode>>,
}

impl From<StreamKeyBriefRow> for StreamKeyBrief {
    fn from(row: StreamKeyBriefRow) -> Self {
        Self {
            id: StreamKeyId::new(row.id),
            entity_state: row.entity_state.0,
            state: row.state.0,
            mode: row.session_mode.unwrap_or(row.mode).0,
        }
    }
}

/// A key with what is shown beside it, as one query answers.
type ViewRow = (
    StreamKeyRow,
    AppBriefRow,
    MemberBriefRow,
    Option<VideoRoomBriefRow>,
);

/// The read model of such a row.
fn view((key, app, member, room): ViewRow) -> Result<StreamKeyView, StoreError> {
    Ok(StreamKeyView {
        key: StreamKey::try_from(key)?.into_record(),
        app: app.into(),
        member: member.into(),
        video_room: room.map(Into::into),
    })
}

fn versioned(found: Option<(StreamKeyRow, i64)>) -> Result<Option<Versioned<StreamKey>>, StoreError> {
    let Some((row, version)) = found else {
        return Ok(None);
    };
    Ok(Some(Versioned {
        value: row.try_into()?,
        version,
    }))
}

#[async_trait]
impl StreamKeyRepository for UnitOfWork {
    async fn next_id(&mut self) -> Result<StreamKeyId, StoreError> {
        dialect::next_id(self.conn(), "stream_keys")
            .await
            .map(StreamKeyId::new)
    }

    async fn insert(&mut self, key: &StreamKey) -> Result<(), StoreError> {
        diesel::insert_into(stream_keys::table)
            .values((StreamKeyRow::from(key.record()), stream_keys::version.eq(1)))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn update(&mut self, key: &Versioned<StreamKey>) -> Result<(), StoreError> {
        let row = StreamKeyRow::from(key.value.record());
        let rows = diesel::update(stream_keys::table.find(row.id))
            .filter(stream_keys::version.eq(key.version))
            .set((row, stream_keys::version.eq(key.version + 1)))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        hit_one(WHAT, rows)
    }

    async fn get(&mut self, id: StreamKeyId) -> Result<Option<Versioned<StreamKey>>, StoreError> {
        dialect::hold(self.conn(), Held::Key(id)).await?;
        let found = stream_keys::table
            .find(id.get())
            .select((StreamKeyRow::as_select(), stream_keys::version))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        versioned(found)
    }

    async fn by_secret(
        &mut self,
        secret: &StreamKeySecret,
    ) -> Result<Option<Versioned<StreamKey>>, StoreError> {
        if !dialect::storable(secret.expose()) {
            return Ok(None);
        }
        dialect::hold(self.conn(), Held::KeyNamed(secret)).await?;
        let found = stream_keys::table
            .filter(stream_keys::secret.eq(secret.expose()))
            .filter(stream_keys::entity_state.eq(EntityState::Active.name()))
            .select((StreamKeyRow::as_select(), stream_keys::version))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        versioned(found)
    }

    async fn by_member(&mut self, member: MemberId) -> Result<Option<Versioned<StreamKey>>, StoreError> {
        dialect::hold(self.conn(), Held::KeyOf(member)).await?;
        let found = stream_keys::table
            .filter(stream_keys::member_id.eq(member.get()))
            .select((StreamKeyRow::as_select(), stream_keys::version))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        versioned(found)
    }

    async fn bound_to(&mut self, room: VideoRoomId) -> Result<Option<Versioned<StreamKey>>, StoreError> {
        dialect::hold(self.conn(), Held::Room(room)).await?;
        let found = stream_keys::table
            .filter(stream_keys::video_room_id.eq(room.get()))
            .select((StreamKeyRow::as_select(), stream_keys::version))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        versioned(found)
    }

    async fn on_air(&mut self, of: &[StreamKeyId]) -> Result<Vec<StreamKeyId>, StoreError> {
        let mut on_air = Vec::new();
        for some in of.chunks(dialect::MAX_IDS) {
            let ids: Vec<i64> = stream_keys::table
                .filter(stream_keys::id.eq_any(some.iter().map(|id| id.get())))
                .filter(stream_keys::video_room_id.is_not_null())
                .select(stream_keys::id)
                .load(self.conn())
                .await
                .map_err(failed(WHAT))?;
            on_air.extend(ids.into_iter().map(StreamKeyId::new));
        }
        Ok(on_air)
    }

    async fn several(&mut self, ids: &[StreamKeyId]) -> Result<Vec<StreamKeyRecord>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(dialect::MAX_IDS) {
            let rows: Vec<StreamKeyRow> = stream_keys::table
                .filter(stream_keys::id.eq_any(some.iter().map(|id| id.get())))
                .select(StreamKeyRow::as_select())
                .load(self.conn())
                .await
                .map_err(failed(WHAT))?;
            for row in rows {
                found.push(StreamKey::try_from(row)?.into_record());
            }
        }
        Ok(found)
    }

    async fn of_members(&mut self, of: &[MemberId]) -> Result<Vec<StreamKeyRecord>, StoreError> {
        let mut found = Vec::with_capacity(of.len());
        for some in of.chunks(dialect::MAX_IDS) {
            let rows: Vec<StreamKeyRow> = stream_keys::table
                .filter(stream_keys::member_id.eq_any(some.iter().map(|id| id.get())))
                .select(StreamKeyRow::as_select())
                .load(self.conn())
                .await
                .map_err(failed(WHAT))?;
            for row in rows {
                found.push(StreamKey::try_from(row)?.into_record());
            }
        }
        Ok(found)
    }

    async fn view_by_member(
        &mut self,
        app: AppId,
        member: &AppUserId,
    ) -> Result<Option<StreamKeyView>, StoreError> {
        let found: Option<ViewRow> = members::table
            .inner_join(stream_keys::table.on(stream_keys::member_id.eq(members::id)))
            .inner_join(apps::table.on(apps::id.eq(members::app_id)))
            .left_join(video_rooms::table.on(stream_keys::video_room_id.eq(video_rooms::id.nullable())))
            .filter(members::app_id.eq(app.get()))
            .filter(members::app_user_id.eq(member.as_str()))
            .filter(is_active())
            .select((
                StreamKeyRow::as_select(),
                AppBriefRow::as_select(),
                MemberBriefRow::as_select(),
                Option::<VideoRoomBriefRow>::as_select(),
            ))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        found.map(view).transpose()
    }

    async fn view(&mut self, app: AppId, id: StreamKeyId) -> Result<Option<StreamKeyView>, StoreError> {
        let found: Option<ViewRow> = stream_keys::table
            .inner_join(apps::table.on(apps::id.eq(stream_keys::app_id)))
            .inner_join(members::table.on(members::id.eq(stream_keys::member_id)))
            .left_join(video_rooms::table.on(stream_keys::video_room_id.eq(video_rooms::id.nullable())))
            .filter(stream_keys::id.eq(id.get()))
            .filter(stream_keys::app_id.eq(app.get()))
            .filter(stream_keys::entity_state.eq(EntityState::Active.name()))
            .select((
                StreamKeyRow::as_select(),
                AppBriefRow::as_select(),
                MemberBriefRow::as_select(),
                Option::<VideoRoomBriefRow>::as_select(),
            ))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        found.map(view).transpose()
    }

    async fn list(
        &mut self,
        filter: &StreamKeyFilter,
        page: PageRequest,
    ) -> Result<Page<StreamKeyView>, StoreError> {
        self.list_stream_keys(filter.clone(), page).await
    }
}
