//! Members.

mod list;

use std::collections::BTreeMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use domain::{
    AppId, AppUserId, AppUserName, CustomData, CustomType, Email, EntityState, Member, MemberId,
    MemberProfile, ProfileImgUrl, ValueError,
};
use ports::store::{
    MemberBrief, MemberFilter, MemberRepository, MemberView, Page, PageRequest, StoreError, Versioned,
};

use super::apps::AppBriefRow;
use super::schema::{apps, members};
use super::word::Word;
use super::written::Written;
use super::{Db, Stamp, UnitOfWork, corrupt, dialect, failed, hit_one, stamp, timestamp};

const WHAT: &str = "member";

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = members, treat_none_as_null = true, check_for_backend(Db))]
pub(super) struct MemberRow {
    id: i64,
    app_id: i64,
    state: Word<EntityState>,
    app_user_id: String,
    name: Option<String>,
    img_url: Option<String>,
    email: Option<String>,
    custom_type: Option<String>,
    custom_data: Option<String>,
    created_at: Stamp,
    last_modified_at: Stamp,
}

impl From<&Member> for MemberRow {
    fn from(member: &Member) -> Self {
        let profile = &member.profile;
        let custom_data = profile.custom_data.as_ref().map(|data| {
            let pairs = data.items().iter();
            let object = pairs.map(|(name, value)| (name.clone(), value.clone().into()));
            serde_json::Value::Object(object.collect()).to_string()
        });
        Self {
            id: member.id.get(),
            app_id: member.app.get(),
            state: Word(member.state),
            app_user_id: member.app_user_id.as_str().to_owned(),
            name: profile.name.as_ref().map(|name| name.as_str().to_owned()),
            img_url: profile.img_url.as_ref().map(|url| url.as_str().to_owned()),
            email: profile.email.as_ref().map(|email| email.as_str().to_owned()),
            custom_type: profile.custom_type.as_ref().map(|word| word.as_str().to_owned()),
            custom_data,
            created_at: stamp(member.created_at),
            last_modified_at: stamp(member.last_modified_at),
        }
    }
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        fn value<T>(
            text: Option<String>,
            new: impl Fn(String) -> Result<T, ValueError>,
        ) -> Result<Option<T>, StoreError> {
            text.map(new).transpose().map_err(corrupt(WHAT))
        }
        let custom_data = row
            .custom_data
            .map(|json| serde_json::from_str::<BTreeMap<String, String>>(&json))
            .transpose()
            .map_err(corrupt(WHAT))?
            .map(CustomData::new)
            .transpose()
            .map_err(corrupt(WHAT))?;
        Ok(Self {
            id: MemberId::new(row.id),
            app: AppId::new(row.app_id),
            state: row.state.0,
            app_user_id: AppUserId::new(row.app_user_id).map_err(corrupt(WHAT))?,
            profile: MemberProfile {
                name: value(row.name, AppUserName::new)?,
                img_url: value(row.img_url, ProfileImgUrl::new)?,
                email: value(row.email, Email::new)?,
                custom_type: value(row.custom_type, CustomType::new)?,
                custom_data,
            },
            created_at: timestamp(row.created_at),
            last_modified_at: timestamp(row.last_modified_at),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = members, check_for_backend(Db))]
pub(super) struct MemberBriefRow {
    id: i64,
    state: Word<EntityState>,
    app_user_id: String,
    name: Option<String>,
    img_url: Option<String>,
}

impl From<MemberBriefRow> for MemberBrief {
    fn from(row: MemberBriefRow) -> Self {
        Self {
            id: MemberId::new(row.id),
            state: row.state.0,
            app_user_id: row.app_user_id,
            name: row.name,
            img_url: row.img_url,
        }
    }
}

/// Those that are not deleted; a literal, so that the partial unique index serves it.
pub(super) fn is_active() -> Written<Bool> {
    Written::new("members.state = 'ACTIVE'")
}

/// The read model of a member and its app.
pub(super) fn member_view((member, app): (MemberRow, AppBriefRow)) -> Result<MemberView, StoreError> {
    Ok(MemberView {
        member: member.try_into()?,
        app: app.into(),
    })
}

#[async_trait]
impl MemberRepository for UnitOfWork {
    async fn next_id(&mut self) -> Result<MemberId, StoreError> {
        dialect::next_id(self.conn(), "members").await.map(MemberId::new)
    }

    async fn insert(&mut self, member: &Member) -> Result<(), StoreError> {
        diesel::insert_into(members::table)
            .values((MemberRow::from(member), members::version.eq(1)))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn update(&mut self, member: &Versioned<Member>) -> Result<(), StoreError> {
        let row = MemberRow::from(&member.value);
        let rows = diesel::update(members::table.find(row.id))
            .filter(members::version.eq(member.version))
            .set((row, members::version.eq(member.version + 1)))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        hit_one(WHAT, rows)
    }

    async fn find(&mut self, app: AppId, id: &AppUserId) -> Result<Option<Versioned<Member>>, StoreError> {
        if !dialect::storable(id.as_str()) {
            return Ok(None);
        }
        let found: Option<(MemberRow, i64)> = members::table
            .filter(members::app_id.eq(app.get()))
            .filter(members::app_user_id.eq(id.as_str()))
            .filter(is_active())
            .select((MemberRow::as_select(), members::version))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        let Some((row, version)) = found else {
            return Ok(None);
        };
        Ok(Some(Versioned {
            value: row.try_into()?,
            version,
        }))
    }

    async fn view(&mut self, app: AppId, id: &AppUserId) -> Result<Option<MemberView>, StoreError> {
        if !dialect::storable(id.as_str()) {
            return Ok(None);
        }
        let found: Option<(MemberRow, AppBriefRow)> = members::table
            .inner_join(apps::table.on(apps::id.eq(members::app_id)))
            .filter(members::app_id.eq(app.get()))
            .filter(members::app_user_id.eq(id.as_str()))
            .filter(is_active())
            .select((MemberRow::as_select(), AppBriefRow::as_select()))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        found.map(member_view).transpose()
    }

    async fn get(&mut self, app: AppId, id: MemberId) -> Result<Option<Versioned<Member>>, StoreError> {
        let found: Option<(MemberRow, i64)> = members::table
            .find(id.get())
            .filter(members::app_id.eq(app.get()))
            .filter(members::state.eq(EntityState::Active.name()))
            .select((MemberRow::as_select(), members::version))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        let Some((row, version)) = found else {
            return Ok(None);
        };
        Ok(Some(Versioned {
            value: row.try_into()?,
            version,
        }))
    }

    async fn deleted(&mut self, ids: &[MemberId]) -> Result<Vec<MemberId>, StoreError> {
        let mut deleted = Vec::new();
        for some in ids.chunks(dialect::MAX_IDS) {
            let found: Vec<i64> = members::table
                .filter(members::id.eq_any(some.iter().map(|id| id.get())))
                .filter(members::state.eq(EntityState::Deleted.name()))
                .select(members::id)
                .load(self.conn())
                .await
                .map_err(failed(WHAT))?;
            deleted.extend(found.into_iter().map(MemberId::new));
        }
        Ok(deleted)
    }

    async fn list(
        &mut self,
        filter: &MemberFilter,
        page: PageRequest,
    ) -> Result<Page<MemberView>, StoreError> {
        self.list_members(filter.clone(), page).await
    }
}
