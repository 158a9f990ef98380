//! Stream keys.

use async_trait::async_trait;
use domain::{
    AppId, AppUserId, EntityState, MemberId, StreamKey, StreamKeyId, StreamKeyMode, StreamKeyRecord,
    StreamKeySecret, StreamKeyState, VideoRoomId,
};

use super::{AppBrief, MemberBrief, Page, PageRequest, StoreError, Versioned, VideoRoomBrief};

/// What a room says of its stream key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamKeyBrief {
    /// The key's number.
    pub id: StreamKeyId,
    /// Whether it is there.
    pub entity_state: EntityState,
    /// What it is doing.
    pub state: StreamKeyState,
    /// What is made of the latest publisher's media.
    pub mode: StreamKeyMode,
}

/// A stream key with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamKeyView {
    /// The key.
    pub key: StreamKeyRecord,
    /// Its app.
    pub app: AppBrief,
    /// Its member.
    pub member: MemberBrief,
    /// The room that is on air with it.
    pub video_room: Option<VideoRoomBrief>,
}

/// Which stream keys of an app are wanted; filters combine with AND. They come newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamKeyFilter {
    /// The app whose keys these are.
    pub app: AppId,
    /// Only this member's.
    pub member: Option<MemberId>,
    /// Only that of the member of this `appUserId`.
    pub app_user_id: Option<String>,
    /// Only those of members of exactly this name.
    pub app_user_name: Option<String>,
    /// Only the one that this room is on air with.
    pub video_room: Option<VideoRoomId>,
}

impl StreamKeyFilter {
    /// Every key of the app.
    pub const fn all(app: AppId) -> Self {
        Self {
            app,
            member: None,
            app_user_id: None,
            app_user_name: None,
            video_room: None,
        }
    }
}

/// Stream keys: one for each member. Key strings are unique over all apps, and so is the room bound to a key.
#[async_trait]
pub trait StreamKeyRepository: Send {
    /// A number for a new key.
    async fn next_id(&mut self) -> Result<StreamKeyId, StoreError>;
    /// Adds a key. [`StoreError::AlreadyExists`] for a key string or a member that has one.
    async fn insert(&mut self, key: &StreamKey) -> Result<(), StoreError>;
    /// Saves a key as it now is. [`StoreError::Stale`] when another did since it was read.
    async fn update(&mut self, key: &Versioned<StreamKey>) -> Result<(), StoreError>;
    /// The key of that number, deleted or not.
    async fn get(&mut self, id: StreamKeyId) -> Result<Option<Versioned<StreamKey>>, StoreError>;
    /// The key of that key string, if it is not deleted.
    async fn by_secret(
        &mut self,
        secret: &StreamKeySecret,
    ) -> Result<Option<Versioned<StreamKey>>, StoreError>;
    /// The key of that member, deleted or not.
    async fn by_member(&mut self, member: MemberId) -> Result<Option<Versioned<StreamKey>>, StoreError>;
    /// The key that the room is bound to.
    async fn bound_to(&mut self, room: VideoRoomId) -> Result<Option<Versioned<StreamKey>>, StoreError>;
    /// Of these keys, those that a room is on air with.
    async fn on_air(&mut self, of: &[StreamKeyId]) -> Result<Vec<StreamKeyId>, StoreError>;
    /// The keys of these numbers, deleted or not, in no order and in a fixed number of queries.
    async fn several(&mut self, ids: &[StreamKeyId]) -> Result<Vec<StreamKeyRecord>, StoreError>;
    /// The keys of these members, deleted or not, in no order and in a fixed number of queries.
    async fn of_members(&mut self, members: &[MemberId]) -> Result<Vec<StreamKeyRecord>, StoreError>;
    /// The key of a member that is not deleted, with what is shown beside it, in one query.
    async fn view_by_member(
        &mut self,
        app: AppId,
        member: &AppUserId,
    ) -> Result<Option<StreamKeyView>, StoreError>;
    /// The key of that number in that app, if it is not deleted, with what is shown beside it, in one query.
    async fn view(&mut self, app: AppId, id: StreamKeyId) -> Result<Option<StreamKeyView>, StoreError>;
    /// A page of keys that are not deleted, in a fixed number of queries.
    async fn list(
        &mut self,
        filter: &StreamKeyFilter,
        page: PageRequest,
    ) -> Result<Page<StreamKeyView>, StoreError>;
}
