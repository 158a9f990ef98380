//! Video rooms.

use async_trait::async_trait;
use domain::{
    AccessLevel, AppId, EntityState, MemberId, PlaybackId, SessionId, StreamKeyId, Timestamp, User,
    VideoRoom, VideoRoomId, VideoRoomRecord, VideoRoomState, VideoRoomType,
};

use super::{AppBrief, MemberBrief, Page, PageRequest, StoreError, StreamKeyBrief, Versioned};

/// What a stream key says of its room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoRoomBrief {
    /// The room's number.
    pub id: VideoRoomId,
    /// Whether the record is there.
    pub entity_state: EntityState,
    /// What it is doing.
    pub state: VideoRoomState,
    /// How members interact in it.
    pub kind: VideoRoomType,
    /// Its title.
    pub title: String,
}

/// A room with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoRoomView {
    /// The room.
    pub room: VideoRoomRecord,
    /// Its app.
    pub app: AppBrief,
    /// The user who owns the app.
    pub owner: User,
    /// The member who broadcasts.
    pub member: MemberBrief,
    /// The key that it is on air with.
    pub stream_key: Option<StreamKeyBrief>,
    /// How many members are on its whitelist.
    pub whitelist_count: u64,
}

/// Which rooms of an app are wanted; filters combine with AND.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoRoomFilter {
    /// The app whose rooms these are.
    pub app: AppId,
    /// Only this member's.
    pub member: Option<MemberId>,
    /// Only those whose title has this in it, whatever the case; nothing in it is a wildcard.
    pub keyword: Option<String>,
    /// Only those in this state.
    pub state: Option<VideoRoomState>,
    /// Only those of this type.
    pub kind: Option<VideoRoomType>,
    /// Only those of this access level.
    pub access_level: Option<AccessLevel>,
    /// In which order; rows with equal keys are ordered by id, in the same direction.
    pub sort: VideoRoomSort,
}

impl VideoRoomFilter {
    /// Whether a store knows how many rooms these are without looking through them: it keeps their numbers for each
    /// app by state, type and access level.
    pub const fn is_counted(&self) -> bool {
        self.member.is_none() && self.keyword.is_none()
    }

    /// Whether a store finds that page as quickly as one room: few rows, few that come before, none to be counted.
    pub const fn is_quick(&self, page: PageRequest) -> bool {
        self.is_counted() && page.size <= 100 && page.offset() <= 1_000
    }
}

/// The orders that a list of rooms comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VideoRoomSort {
    /// Oldest first.
    CreatedAtAsc,
    /// Newest first.
    #[default]
    CreatedAtDesc,
    /// Least recently changed first.
    LastModifiedAtAsc,
    /// Most recently changed first.
    LastModifiedAtDesc,
}

/// What a playback id leads to, as long as there is or may be something to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Playback {
    /// A room that was started, and was not deleted or ended by force.
    Room {
        /// The room.
        id: VideoRoomId,
        /// Its app.
        app: AppId,
        /// The member who broadcasts.
        member: MemberId,
        /// Its title, for the page that plays it.
        title: String,
        /// What it is doing.
        state: VideoRoomState,
        /// Who may watch it.
        access_level: AccessLevel,
        /// The key that it is, or was, on air with.
        key: StreamKeyId,
        /// When it went on air.
        from: Timestamp,
        /// When it was over.
        until: Option<Timestamp>,
        /// Who holds its media: the process of the session that published last.
        holder: Option<Holder>,
    },
    /// The preview of a session that still publishes.
    Preview {
        /// The app.
        app: AppId,
        /// The member who publishes.
        member: MemberId,
        /// The key.
        key: StreamKeyId,
        /// The session.
        session: SessionId,
        /// Who holds its media.
        holder: Option<Holder>,
    },
}

/// The process that holds media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub node: String,
    /// Where others send players; `None` when it never said, or was forgotten.
    pub url: Option<String>,
    /// Whether it has a lease that has not run out.
    pub alive: bool,
}

/// Video rooms. Playback ids are unique over all apps.
#[async_trait]
pub trait VideoRoomRepository: Send {
    /// A number for a new room.
    async fn next_id(&mut self) -> Result<VideoRoomId, StoreError>;
    /// Adds a room.
    async fn insert(&mut self, room: &VideoRoom) -> Result<(), StoreError>;
    /// Saves a room as it now is. [`StoreError::Stale`] when another did since it was read.
    async fn update(&mut self, room: &Versioned<VideoRoom>) -> Result<(), StoreError>;
    /// The room of that number in that app, if it is not deleted.
    async fn get(&mut self, app: AppId, id: VideoRoomId) -> Result<Option<Versioned<VideoRoom>>, StoreError>;
    /// The same with what is shown beside it, in one query.
    async fn view(&mut self, app: AppId, id: VideoRoomId) -> Result<Option<VideoRoomView>, StoreError>;
    /// A page of rooms that are not deleted, in a fixed number of queries.
    async fn list(
        &mut self,
        filter: &VideoRoomFilter,
        page: PageRequest,
    ) -> Result<Page<VideoRoomView>, StoreError>;
    /// Rooms of all apps that are on air and have been interrupted since `since` or longer, whose keys nobody publishes
    /// with; at most `limit` of them. A room whose record says nothing of its interruption may be among them.
    async fn interrupted(
        &mut self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AppId, VideoRoomId)>, StoreError>;
    /// The rooms of these numbers, deleted or not, in no order and in a fixed number of queries.
    async fn several(&mut self, ids: &[VideoRoomId]) -> Result<Vec<VideoRoomRecord>, StoreError>;
    /// What that playback id leads to, in one query or two.
    async fn playback(&mut self, id: &PlaybackId) -> Result<Option<Playback>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_quick_unless_rooms_must_be_looked_through_or_skipped() {
        let all = VideoRoomFilter {
            app: AppId::new(1),
            member: None,
            keyword: None,
            state: Some(VideoRoomState::LiveInactive),
            kind: None,
            access_level: None,
            sort: VideoRoomSort::default(),
        };
        let page = |page, size| PageRequest { page, size };
        assert!(all.is_quick(page(0, 10)));
        assert!(all.is_quick(page(10, 100)));
        assert!(!all.is_quick(page(11, 100)), "too many come before");
        assert!(!all.is_quick(page(0, 101)), "too many are wanted");
        let keyword = Some("zoo".to_owned());
        let member = Some(MemberId::new(1));
        assert!(
            !VideoRoomFilter {
                keyword,
                ..all.clone()
            }
            .is_quick(page(0, 10))
        );
        assert!(!VideoRoomFilter { member, ..all }.is_quick(page(0, 10)));
    }
}
