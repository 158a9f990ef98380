//! Members.

use async_trait::async_trait;
use domain::{AppId, AppUserId, EntityState, Member, MemberId};

use super::{AppBrief, Page, PageRequest, StoreError, Versioned};

/// What rooms and keys say of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberBrief {
    /// The member's number.
    pub id: MemberId,
    /// Whether it is there.
    pub state: EntityState,
    /// The app's own id for it.
    pub app_user_id: String,
    /// Its name.
    pub name: Option<String>,
    /// Where its picture is.
    pub img_url: Option<String>,
}

/// A member with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// The member.
    pub member: Member,
    /// Its app.
    pub app: AppBrief,
}

/// Which members of an app are wanted; filters combine with AND.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFilter {
    /// The app whose members these are.
    pub app: AppId,
    /// Only that of this `appUserId`.
    pub app_user_id: Option<String>,
    /// Only those of exactly this name.
    pub app_user_name: Option<String>,
    /// In which order; rows with equal keys are ordered by id, in the same direction.
    pub sort: MemberSort,
}

impl MemberFilter {
    /// Every member of the app, newest first.
    pub fn all(app: AppId) -> Self {
        Self {
            app,
            app_user_id: None,
            app_user_name: None,
            sort: MemberSort::default(),
        }
    }
}

/// The orders that a list of members comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MemberSort {
    /// Oldest first.
    CreatedAtAsc,
    /// Newest first.
    #[default]
    CreatedAtDesc,
    /// Least recently changed first.
    LastModifiedAtAsc,
    /// Most recently changed first.
    LastModifiedAtDesc,
    /// By `appUserId`, byte by byte.
    AppUserIdAsc,
    /// By `appUserId`, byte by byte, backwards.
    AppUserIdDesc,
}

/// Members. Of those that are not deleted, an app has one for each `appUserId`.
#[async_trait]
pub trait MemberRepository: Send {
    /// A number for a new member.
    async fn next_id(&mut self) -> Result<MemberId, StoreError>;
    /// Adds a member. [`StoreError::AlreadyExists`] when the app has one of that `appUserId` that is not deleted.
    async fn insert(&mut self, member: &Member) -> Result<(), StoreError>;
    /// Saves a member as it now is. [`StoreError::Stale`] when another did since it was read.
    async fn update(&mut self, member: &Versioned<Member>) -> Result<(), StoreError>;
    /// The member of that `appUserId`, if it is not deleted.
    async fn find(&mut self, app: AppId, id: &AppUserId) -> Result<Option<Versioned<Member>>, StoreError>;
    /// The same with what is shown beside it, in one query.
    async fn view(&mut self, app: AppId, id: &AppUserId) -> Result<Option<MemberView>, StoreError>;
    /// The member of that number in that app, if it is not deleted.
    async fn get(&mut self, app: AppId, id: MemberId) -> Result<Option<Versioned<Member>>, StoreError>;
    /// Which of these are deleted, in no order and in a fixed number of queries.
    async fn deleted(&mut self, ids: &[MemberId]) -> Result<Vec<MemberId>, StoreError>;
    /// A page of members that are not deleted, in a fixed number of queries.
    async fn list(
        &mut self,
        filter: &MemberFilter,
        page: PageRequest,
    ) -> Result<Page<MemberView>, StoreError>;
}
