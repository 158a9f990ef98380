//! Members.

use std::cmp::Reverse;

use async_trait::async_trait;
use domain::{AppId, AppUserId, AppUserName, EntityState, Member, MemberId};
use ports::store::{
    MemberFilter, MemberRepository, MemberSort, MemberView, Page, PageRequest, StoreError, Versioned,
};

use super::UnitOfWork;
use super::tables::{Tables, insert, next, page_of, update};

const WHAT: &str = "member";

impl Tables {
    pub(super) fn find_member(&self, app: AppId, id: &AppUserId) -> Option<&Versioned<Member>> {
        self.members.values().map(AsRef::as_ref).find(|row| {
            let member = &row.value;
            member.app == app && member.app_user_id == *id && member.state == EntityState::Active
        })
    }
}

/// Whether the filter wants the member.
fn wanted(member: &Member, filter: &MemberFilter) -> bool {
    let name = member.profile.name.as_ref().map(AppUserName::as_str);
    member.app == filter.app
        && member.state == EntityState::Active
        && filter
            .app_user_id
            .as_ref()
            .is_none_or(|id| member.app_user_id.as_str() == id)
        && (filter.app_user_name.is_none() || filter.app_user_name.as_deref() == name)
}

#[async_trait]
impl MemberRepository for UnitOfWork {
    async fn next_id(&mut self) -> Result<MemberId, StoreError> {
        Ok(MemberId::new(next(&mut self.tables_mut()?.last_ids.member)))
    }

    async fn insert(&mut self, member: &Member) -> Result<(), StoreError> {
        let tables = self.tables_mut()?;
        if member.state == EntityState::Active
            && tables.find_member(member.app, &member.app_user_id).is_some()
        {
            return Err(StoreError::AlreadyExists { what: WHAT });
        }
        let row = Versioned {
            value: member.clone(),
            version: 1,
        };
        insert(&mut tables.members, WHAT, member.id, row)
    }

    async fn update(&mut self, member: &Versioned<Member>) -> Result<(), StoreError> {
        let tables = self.tables_mut()?;
        let new = &member.value;
        let namesake = tables.find_member(new.app, &new.app_user_id);
        if new.state == EntityState::Active && namesake.is_some_and(|other| other.value.id != new.id) {
            return Err(StoreError::AlreadyExists { what: WHAT });
        }
        update(&mut tables.members, WHAT, &new.id, member)
    }

    async fn find(&mut self, app: AppId, id: &AppUserId) -> Result<Option<Versioned<Member>>, StoreError> {
        Ok(self.tables().find_member(app, id).cloned())
    }

    async fn view(&mut self, app: AppId, id: &AppUserId) -> Result<Option<MemberView>, StoreError> {
        let tables = self.tables();
        let Some(row) = tables.find_member(app, id) else {
            return Ok(None);
        };
        Ok(Some(MemberView {
            member: row.value.clone(),
            app: tables.app_brief(app)?,
        }))
    }

    async fn get(&mut self, app: AppId, id: MemberId) -> Result<Option<Versioned<Member>>, StoreError> {
        let tables = self.tables();
        let row = tables.members.get(&id).map(AsRef::as_ref);
        let found = row.filter(|row| row.value.app == app && row.value.state == EntityState::Active);
        Ok(found.cloned())
    }

    async fn deleted(&mut self, ids: &[MemberId]) -> Result<Vec<MemberId>, StoreError> {
        let members = &self.tables().members;
        let is_deleted = |id: &MemberId| {
            let row = members.get(id);
            row.is_some_and(|row| row.value.state == EntityState::Deleted)
        };
        Ok(ids.iter().copied().filter(is_deleted).collect())
    }

    async fn list(
        &mut self,
        filter: &MemberFilter,
        page: PageRequest,
    ) -> Result<Page<MemberView>, StoreError> {
        let tables = self.tables();
        let members = tables.members.values().map(|row| &row.value);
        let mut members: Vec<&Member> = members.filter(|member| wanted(member, filter)).collect();
        let (created, modified, id) = (
            |member: &&Member| (member.created_at, member.id),
            |member: &&Member| (member.last_modified_at, member.id),
            |member: &&Member| (member.app_user_id.clone(), member.id),
        );
        match filter.sort {
            MemberSort::CreatedAtAsc => members.sort_by_key(created),
            MemberSort::CreatedAtDesc => members.sort_by_key(|member| Reverse(created(member))),
            MemberSort::LastModifiedAtAsc => members.sort_by_key(modified),
            MemberSort::LastModifiedAtDesc => members.sort_by_key(|member| Reverse(modified(member))),
            MemberSort::AppUserIdAsc => members.sort_by_key(id),
            MemberSort::AppUserIdDesc => members.sort_by_key(|member| Reverse(id(member))),
        }
        page_of(members, page, |member| {
            Ok(MemberView {
                member: member.clone(),
                app: tables.app_brief(member.app)?,
            })
        })
    }
}
