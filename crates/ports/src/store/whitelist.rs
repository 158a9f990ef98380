//! Whitelists: the members who may watch a room that is `RESTRICTED`.

use async_trait::async_trait;
use domain::{MemberId, Timestamp, VideoRoomId};

use super::{MemberView, Page, PageRequest, StoreError};

/// The whitelists of rooms. They name members of the room's own app only, which is for the caller to see to. That of a
/// deleted room stays: those who are on it still have to hear of the deletion.
#[async_trait]
pub trait WhitelistRepository: Send {
    /// Puts a member on a room's whitelist; one who is on it stays as it is. [`StoreError::Stale`] when the room or the
    /// member is not there, or not any more.
    async fn add(&mut self, room: VideoRoomId, member: MemberId, at: Timestamp) -> Result<(), StoreError>;
    /// Takes a member off; nothing happens if it is not on it.
    async fn remove(&mut self, room: VideoRoomId, member: MemberId) -> Result<(), StoreError>;
    /// Whether a member is on it, in one query.
    async fn has(&mut self, room: VideoRoomId, member: MemberId) -> Result<bool, StoreError>;
    /// Which of these members are on the whitelist of which of these rooms, in no order and in a fixed number of queries.
    async fn among(
        &mut self,
        rooms: &[VideoRoomId],
        members: &[MemberId],
    ) -> Result<Vec<(VideoRoomId, MemberId)>, StoreError>;
    /// A page of those who are on it, the last one added first, in a fixed number of queries.
    async fn list(&mut self, room: VideoRoomId, page: PageRequest) -> Result<Page<MemberView>, StoreError>;
    /// Takes a member off every whitelist, as it is being deleted in this unit of work.
    async fn forget(&mut self, member: MemberId) -> Result<(), StoreError>;
}
