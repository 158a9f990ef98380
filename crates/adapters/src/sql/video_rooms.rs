//! Video rooms.

mod keyword;
mod list;
mod playback;
mod row;
mod sample;

pub(in super::super) use keyword::Found;
pub(super) use row::VideoRoomBriefRow;
pub(in super::super) use sample::Sample;
pub(super) use sample::Samples;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    AppId, EntityState, PlaybackId, StreamKeyState, Timestamp, VideoRoom, VideoRoomId, VideoRoomRecord,
};
use ports::store::{
    Page, PageRequest, Playback, StoreError, Versioned, VideoRoomFilter, VideoRoomRepository, VideoRoomView,
};

use self::row::{VideoRoomRow, ViewRow, view};
use super::apps::{AppBriefRow, UserRow};
use super::members::MemberBriefRow;
use super::schema::{apps, members, stream_keys, users, video_rooms};
use super::stream_keys::StreamKeyBriefRow;
use super::{Parameter, UnitOfWork, dialect, failed, hit_one, stamp};
use crate::fold::fold;
use crate::held::Held;

const WHAT: &str = "video room";

#[async_trait]
impl VideoRoomRepository for UnitOfWork {
    async fn next_id(&mut self) -> Result<VideoRoomId, StoreError> {
        dialect::next_id(self.conn(), "video_rooms")
            .await
            .map(VideoRoomId::new)
    }

    async fn insert(&mut self, room: &VideoRoom) -> Result<(), StoreError> {
        let row = VideoRoomRow::from(room.record());
        let folded = fold(room.record().title.as_str());
        diesel::insert_into(video_rooms::table)
            .values((
                row,
                video_rooms::title_folded.eq(folded),
                video_rooms::version.eq(1),
            ))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn update(&mut self, room: &Versioned<VideoRoom>) -> Result<(), StoreError> {
        let record = room.value.record();
        let row = VideoRoomRow::from(record);
        let folded = fold(record.title.as_str());
        let rows = diesel::update(video_rooms::table.find(record.id.get()))
            .filter(video_rooms::version.eq(room.version))
            .set((
                row,
                video_rooms::title_folded.eq(folded),
                video_rooms::version.eq(room.version + 1),
            ))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        hit_one(WHAT, rows)
    }

    async fn get(&mut self, app: AppId, id: VideoRoomId) -> Result<Option<Versioned<VideoRoom>>, StoreError> {
        dialect::hold(self.conn(), Held::Room(id)).await?;
        let found: Option<(VideoRoomRow, i64)> = video_rooms::table
            .find(id.get())
            .filter(video_rooms::app_id.eq(app.get()))
            .filter(video_rooms::entity_state.eq(EntityState::Active.name()))
            .select((VideoRoomRow::as_select(), video_rooms::version))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        let Some((row, version)) = found else {
            return Ok(None);
        };
        Ok(Some(Versioned {
            value: row.try_into()?,
            version,
        }))
    }

    async fn view(&mut self, app: AppId, id: VideoRoomId) -> Result<Option<VideoRoomView>, StoreError> {
        let query = video_rooms::table
            .inner_join(apps::table.on(apps::id.eq(video_rooms::app_id)))
            .inner_join(users::table.on(users::id.eq(apps::owner_id)))
            .inner_join(members::table.on(members::id.eq(video_rooms::member_id)))
            .left_join(stream_keys::table.on(stream_keys::video_room_id.eq(video_rooms::id.nullable())))
            .filter(video_rooms::id.eq(id.get()))
            .filter(video_rooms::app_id.eq(app.get()))
            .filter(video_rooms::entity_state.eq(EntityState::Active.name().to_owned()))
            .select((
                VideoRoomRow::as_select(),
                AppBriefRow::as_select(),
                UserRow::as_select(),
                MemberBriefRow::as_select(),
                Option::<StreamKeyBriefRow>::as_select(),
                video_rooms::whitelist_count,
            ));
        let parameters = [
            Parameter::Number(id.get()),
            Parameter::Number(app.get()),
            Parameter::Text(EntityState::Active.name()),
        ];
        let found: Option<ViewRow> = dialect::find(self.conn(), query, parameters)
            .await
            .map_err(failed(WHAT))?;
        found.map(view).transpose()
    }

    async fn list(
        &mut self,
        filter: &VideoRoomFilter,
        page: PageRequest,
    ) -> Result<Page<VideoRoomView>, StoreError> {
        self.list_video_rooms(filter.clone(), page).await
    }

    async fn interrupted(
        &mut self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AppId, VideoRoomId)>, StoreError> {
        let over = video_rooms::interrupted_at
            .le(Some(stamp(since)))
            .or(video_rooms::interrupted_at.is_null());
        let rooms: Vec<(i64, i64)> = stream_keys::table
            .inner_join(video_rooms::table.on(stream_keys::video_room_id.eq(video_rooms::id.nullable())))
            // Ids are positive. This way the few keys that are on air are read off their index.
            .filter(stream_keys::video_room_id.gt(0))
            .filter(stream_keys::state.eq(StreamKeyState::InactiveLive.name()))
            .filter(over.assume_not_null())
            .order(stream_keys::video_room_id)
            .limit(limit.into())
            .select((video_rooms::app_id, video_rooms::id))
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        let ids = |(app, room)| (AppId::new(app), VideoRoomId::new(room));
        Ok(rooms.into_iter().map(ids).collect())
    }

    async fn several(&mut self, ids: &[VideoRoomId]) -> Result<Vec<VideoRoomRecord>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(dialect::MAX_IDS) {
            let rows: Vec<VideoRoomRow> = video_rooms::table
                .filter(video_rooms::id.eq_any(some.iter().map(|id| id.get())))
                .select(VideoRoomRow::as_select())
                .load(self.conn())
                .await
                .map_err(failed(WHAT))?;
            for row in rows {
                found.push(VideoRoom::try_from(row)?.into_record());
            }
        }
        Ok(found)
    }

    async fn playback(&mut self, id: &PlaybackId) -> Result<Option<Playback>, StoreError> {
        if let Some(room) = playback::of_room(self.conn(), id).await? {
            return Ok(Some(room));
        }
        playback::of_preview(self.conn(), id).await
    }
}
