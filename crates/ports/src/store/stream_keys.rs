//! Stream keys.

use async_trait::async_trait;
use domain::{
    AppId, AppUserId, EntityState, MemberId, StreamKey, StreamKeyId, StreamKeyRecord, StreamKeySecret,
    StreamKeyState, VideoRoomId,
};

use super::{AppBrief, MemberBrief, StoreError, Versioned, VideoRoomBrief};

/// What a room says of its stream key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamKeyBrief {
    /// The key's number.
    pub id: StreamKeyId,
    /// Whether it is there.
    pub entity_state: EntityState,
    /// What it is doing.
    pub state: StreamKeyState,
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
    /// The key of a member that is not deleted, with what is shown beside it, in one query.
    async fn view_by_member(
        &mut self,
        app: AppId,
        member: &AppUserId,
    ) -> Result<Option<StreamKeyView>, StoreError>;
}
