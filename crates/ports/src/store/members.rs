//! Members.

use async_trait::async_trait;
use domain::{AppId, AppUserId, EntityState, Member, MemberId};

use super::{AppBrief, StoreError, Versioned};

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
}
