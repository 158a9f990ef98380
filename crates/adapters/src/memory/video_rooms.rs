//! Video rooms.

use async_trait::async_trait;
use domain::{
    AppId, EntityState, PlaybackId, StreamKeyId, StreamKeyState, Timestamp, VideoRoom, VideoRoomId,
    VideoRoomRecord,
};
use ports::store::{
    Holder, Page, PageRequest, Playback, StoreError, Versioned, VideoRoomFilter, VideoRoomRepository,
    VideoRoomSort, VideoRoomView,
};

use super::UnitOfWork;
use super::tables::{SessionRow, Tables, dangling, insert, next, page_of, update};
use crate::fold::fold;

const WHAT: &str = "video room";

impl Tables {
    fn find_room(&self, app: AppId, id: VideoRoomId) -> Option<&Versioned<VideoRoom>> {
        let row = self.video_rooms.get(&id)?;
        let room = row.value.record();
        (room.app == app && room.entity_state == EntityState::Active).then_some(row)
    }

    /// Whether another room has its playback id.
    fn playback_is_taken(&self, room: &VideoRoom) -> bool {
        let room = room.record();
        let others = self.video_rooms.values().map(|row| row.value.record());
        room.playback.is_some()
            && others
                .into_iter()
                .any(|other| other.id != room.id && other.playback == room.playback)
    }
}

impl Tables {
    /// The process of the session that published last with a key, before its broadcast was over.
    fn holder_of_key(&self, key: StreamKeyId, until: Option<Timestamp>) -> Option<Holder> {
        let of_key = self.sessions.values().filter(|row| {
            row.session.stream_key == key && until.is_none_or(|until| row.session.started_at <= until)
        });
        let latest = of_key.max_by_key(|row| (row.session.started_at, row.session.id))?;
        Some(self.holder(latest))
    }

    fn holder(&self, row: &SessionRow) -> Holder {
        let node = &row.session.node;
        let leased = self.nodes.get(node);
        Holder {
            node: node.clone(),
            url: leased.map(|row| row.node.public_url.clone()),
            alive: leased.is_some() && !self.is_dead(node),
        }
    }
}

/// Whether the filter wants the room; `keyword` is the filter's, folded.
fn wanted(room: &VideoRoomRecord, filter: &VideoRoomFilter, keyword: Option<&str>) -> bool {
    room.app == filter.app
        && room.entity_state == EntityState::Active
        && filter.member.is_none_or(|member| room.member == member)
        && filter.state.is_none_or(|state| room.state == state)
        && filter.kind.is_none_or(|kind| room.kind == kind)
        && filter.access_level.is_none_or(|level| room.access_level == level)
        && keyword.is_none_or(|keyword| fold(room.title.as_str()).contains(keyword))
}

#[async_trait]
impl VideoRoomRepository for UnitOfWork {
    async fn next_id(&mut self) -> Result<VideoRoomId, StoreError> {
        Ok(VideoRoomId::new(next(
            &mut self.tables_mut()?.last_ids.video_room,
        )))
    }

    async fn insert(&mut self, room: &VideoRoom) -> Result<(), StoreError> {
        let tables = self.tables_mut()?;
        if tables.playback_is_taken(room) {
            return Err(StoreError::AlreadyExists { what: WHAT });
        }
        let row = Versioned {
            value: room.clone(),
            version: 1,
        };
        insert(&mut tables.video_rooms, WHAT, room.record().id, row)
    }

    async fn update(&mut self, room: &Versioned<VideoRoom>) -> Result<(), StoreError> {
        let tables = self.tables_mut()?;
        let taken = tables.playback_is_taken(&room.value);
        let mut changed = tables.video_rooms.clone();
        update(&mut changed, WHAT, &room.value.record().id, room)?;
        if taken {
            return Err(StoreError::AlreadyExists { what: WHAT });
        }
        tables.video_rooms = changed;
        Ok(())
    }

    async fn get(&mut self, app: AppId, id: VideoRoomId) -> Result<Option<Versioned<VideoRoom>>, StoreError> {
        Ok(self.tables().find_room(app, id).cloned())
    }

    async fn view(&mut self, app: AppId, id: VideoRoomId) -> Result<Option<VideoRoomView>, StoreError> {
        let tables = self.tables();
        let room = tables.find_room(app, id);
        room.map(|room| tables.room_view(&room.value)).transpose()
    }

    async fn list(
        &mut self,
        filter: &VideoRoomFilter,
        page: PageRequest,
    ) -> Result<Page<VideoRoomView>, StoreError> {
        let tables = self.tables();
        let keyword = filter.keyword.as_deref().map(fold);
        let mut rooms: Vec<&VideoRoom> = tables
            .video_rooms
            .values()
            .map(|row| &row.value)
            .filter(|room| wanted(room.record(), filter, keyword.as_deref()))
            .collect();
        let (created, modified) = (
            |room: &&VideoRoom| (room.record().created_at, room.record().id),
            |room: &&VideoRoom| (room.record().last_modified_at, room.record().id),
        );
        match filter.sort {
            VideoRoomSort::CreatedAtAsc => rooms.sort_by_key(created),
            VideoRoomSort::CreatedAtDesc => rooms.sort_by_key(|room| std::cmp::Reverse(created(room))),
            VideoRoomSort::LastModifiedAtAsc => rooms.sort_by_key(modified),
            VideoRoomSort::LastModifiedAtDesc => rooms.sort_by_key(|room| std::cmp::Reverse(modified(room))),
        }
        page_of(rooms, page, |room| tables.room_view(room))
    }

    async fn interrupted(
        &mut self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AppId, VideoRoomId)>, StoreError> {
        let tables = self.tables();
        let keys = tables.stream_keys.values().map(|row| row.value.record());
        let idle = keys.filter(|key| key.state == StreamKeyState::InactiveLive);
        let rooms = idle.filter_map(|key| Some(tables.video_rooms.get(&key.video_room?)?.value.record()));
        let over = rooms.filter(|room| room.interrupted_at.is_some_and(|at| at <= since));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(over.take(limit).map(|room| (room.app, room.id)).collect())
    }

    async fn several(&mut self, ids: &[VideoRoomId]) -> Result<Vec<VideoRoomRecord>, StoreError> {
        let tables = self.tables();
        let rows = ids.iter().filter_map(|id| tables.video_rooms.get(id));
        Ok(rows.map(|row| row.value.record().clone()).collect())
    }

    async fn playback(&mut self, id: &PlaybackId) -> Result<Option<Playback>, StoreError> {
        let tables = self.tables();
        let room = tables.video_rooms.values().map(|row| row.value.record());
        let room = room.into_iter().find(|room| room.playback.as_ref() == Some(id));
        if let Some(room) = room {
            if room.entity_state == EntityState::Deleted || room.forcibly_terminated {
                return Ok(None);
            }
            let key = tables.key_of(room.member).ok_or_else(|| dangling("stream key"))?;
            return Ok(Some(Playback::Room {
                id: room.id,
                app: room.app,
                member: room.member,
                title: room.title.as_str().to_owned(),
                state: room.state,
                access_level: room.access_level,
                key: key.value.record().id,
                from: room.live_started_at.ok_or_else(|| dangling(WHAT))?,
                until: room.live_ended_at,
                holder: tables.holder_of_key(key.value.record().id, room.live_ended_at),
            }));
        }
        let mut keys = tables.stream_keys.values().map(|row| row.value.record());
        let key =
            keys.find(|key| key.preview.as_ref() == Some(id) && key.entity_state == EntityState::Active);
        Ok(key.and_then(|key| {
            Some(Playback::Preview {
                app: key.app,
                member: key.member,
                key: key.id,
                session: key.session?,
                holder: tables.sessions.get(&key.session?).map(|row| tables.holder(row)),
            })
        }))
    }
}
