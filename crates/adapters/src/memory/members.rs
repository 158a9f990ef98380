//! Members.

use async_trait::async_trait;
use domain::{AppId, AppUserId, EntityState, Member, MemberId};
use ports::store::{MemberRepository, MemberView, StoreError, Versioned};

use super::UnitOfWork;
use super::tables::{Tables, insert, next, update};

const WHAT: &str = "member";

impl Tables {
    pub(super) fn find_member(&self, app: AppId, id: &AppUserId) -> Option<&Versioned<Member>> {
        self.members.values().map(AsRef::as_ref).find(|row| {
            let member = &row.value;
            member.app == app && member.app_user_id == *id && member.state == EntityState::Active
        })
    }
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
}
