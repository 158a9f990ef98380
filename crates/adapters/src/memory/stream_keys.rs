//! Stream keys.

use std::cmp::Reverse;

use async_trait::async_trait;
use domain::{
    AppId, AppUserId, EntityState, MemberId, StreamKey, StreamKeyId, StreamKeyRecord, StreamKeySecret,
    VideoRoomId,
};
use ports::store::{
    Page, PageRequest, StoreError, StreamKeyFilter, StreamKeyRepository, StreamKeyView, Versioned,
    VideoRoomBrief,
};

use super::UnitOfWork;
use super::tables::{Tables, dangling, insert, next, page_of, update};

const WHAT: &str = "stream key";

impl Tables {
    /// Whether another key has something that only one may have.
    fn key_clashes(&self, key: &StreamKey) -> bool {
        let key = key.record();
        self.stream_keys
            .values()
            .map(|row| row.value.record())
            .any(|other| {
                other.id != key.id
                    && (other.secret == key.secret
                        || other.member == key.member
                        || (key.video_room.is_some() && other.video_room == key.video_room)
                        || (key.preview.is_some() && other.preview == key.preview))
            })
    }

    fn room_brief(&self, id: VideoRoomId) -> Result<VideoRoomBrief, StoreError> {
        let room = self.video_rooms.get(&id).ok_or_else(|| dangling("video room"))?;
        let room = room.value.record();
        Ok(VideoRoomBrief {
            id: room.id,
            entity_state: room.entity_state,
            state: room.state,
            kind: room.kind,
            title: room.title.as_str().to_owned(),
        })
    }
}

impl Tables {
    fn key_view(&self, key: &StreamKeyRecord) -> Result<StreamKeyView, StoreError> {
        Ok(StreamKeyView {
            key: key.clone(),
            app: self.app_brief(key.app)?,
            member: self.member_brief(key.member)?,
            video_room: key.video_room.map(|room| self.room_brief(room)).transpose()?,
        })
    }

    fn wants_key(&self, filter: &StreamKeyFilter, key: &StreamKeyRecord) -> Result<bool, StoreError> {
        let member = self.member_brief(key.member)?;
        Ok(key.app == filter.app
            && key.entity_state == EntityState::Active
            && filter.member.is_none_or(|id| key.member == id)
            && filter.video_room.is_none_or(|room| key.video_room == Some(room))
            && filter
                .app_user_id
                .as_ref()
                .is_none_or(|id| member.app_user_id == *id)
            && (filter.app_user_name.is_none() || filter.app_user_name == member.name))
    }
}

impl UnitOfWork {
    fn key_where(&self, wanted: impl Fn(&StreamKey) -> bool) -> Option<Versioned<StreamKey>> {
        let tables = self.tables();
        let row = tables.stream_keys.values().find(|row| wanted(&row.value));
        row.map(|row| row.as_ref().clone())
    }
}

#[async_trait]
impl StreamKeyRepository for UnitOfWork {
    async fn next_id(&mut self) -> Result<StreamKeyId, StoreError> {
        Ok(StreamKeyId::new(next(
            &mut self.tables_mut()?.last_ids.stream_key,
        )))
    }

    async fn insert(&mut self, key: &StreamKey) -> Result<(), StoreError> {
        let tables = self.tables_mut()?;
        if tables.key_clashes(key) {
            return Err(StoreError::AlreadyExists { what: WHAT });
        }
        let row = Versioned {
            value: key.clone(),
            version: 1,
        };
        insert(&mut tables.stream_keys, WHAT, key.record().id, row)
    }

    async fn update(&mut self, key: &Versioned<StreamKey>) -> Result<(), StoreError> {
        let tables = self.tables_mut()?;
        let clashes = tables.key_clashes(&key.value);
        let mut changed = tables.stream_keys.clone();
        update(&mut changed, WHAT, &key.value.record().id, key)?;
        if clashes {
            return Err(StoreError::AlreadyExists { what: WHAT });
        }
        tables.stream_keys = changed;
        Ok(())
    }

    async fn get(&mut self, id: StreamKeyId) -> Result<Option<Versioned<StreamKey>>, StoreError> {
        Ok(self.key_where(|key| key.record().id == id))
    }

    async fn by_secret(
        &mut self,
        secret: &StreamKeySecret,
    ) -> Result<Option<Versioned<StreamKey>>, StoreError> {
        Ok(self.key_where(|key| {
            key.record().secret == *secret && key.record().entity_state == EntityState::Active
        }))
    }

    async fn by_member(&mut self, member: MemberId) -> Result<Option<Versioned<StreamKey>>, StoreError> {
        Ok(self.tables().key_of(member).cloned())
    }

    async fn bound_to(&mut self, room: VideoRoomId) -> Result<Option<Versioned<StreamKey>>, StoreError> {
        Ok(self.tables().key_bound_to(room).cloned())
    }

    async fn on_air(&mut self, of: &[StreamKeyId]) -> Result<Vec<StreamKeyId>, StoreError> {
        let tables = self.tables();
        let on_air = |id: &StreamKeyId| {
            let key = tables.stream_keys.get(id);
            key.is_some_and(|key| key.value.record().video_room.is_some())
        };
        Ok(of.iter().copied().filter(on_air).collect())
    }

    async fn several(&mut self, ids: &[StreamKeyId]) -> Result<Vec<StreamKeyRecord>, StoreError> {
        let tables = self.tables();
        let rows = ids.iter().filter_map(|id| tables.stream_keys.get(id));
        Ok(rows.map(|row| row.value.record().clone()).collect())
    }

    async fn of_members(&mut self, members: &[MemberId]) -> Result<Vec<StreamKeyRecord>, StoreError> {
        let tables = self.tables();
        let rows = members.iter().filter_map(|member| tables.key_of(*member));
        Ok(rows.map(|row| row.value.record().clone()).collect())
    }

    async fn view_by_member(
        &mut self,
        app: AppId,
        member: &AppUserId,
    ) -> Result<Option<StreamKeyView>, StoreError> {
        let tables = self.tables();
        let member = tables.find_member(app, member);
        let Some(key) = member.and_then(|member| tables.key_of(member.value.id)) else {
            return Ok(None);
        };
        tables.key_view(key.value.record()).map(Some)
    }

    async fn view(&mut self, app: AppId, id: StreamKeyId) -> Result<Option<StreamKeyView>, StoreError> {
        let tables = self.tables();
        let key = tables.stream_keys.get(&id).map(|row| row.value.record());
        let key = key.filter(|key| key.app == app && key.entity_state == EntityState::Active);
        key.map(|key| tables.key_view(key)).transpose()
    }

    async fn list(
        &mut self,
        filter: &StreamKeyFilter,
        page: PageRequest,
    ) -> Result<Page<StreamKeyView>, StoreError> {
        let tables = self.tables();
        let mut keys = Vec::new();
        for row in tables.stream_keys.values() {
            if tables.wants_key(filter, row.value.record())? {
                keys.push(row.value.record());
            }
        }
        keys.sort_by_key(|key| Reverse((key.created_at, key.id)));
        page_of(keys, page, |key| tables.key_view(key))
    }
}
