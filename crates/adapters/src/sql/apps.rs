//! Apps, their owners and their keys.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{ApiKeyId, App, AppId, AppName, EntityState, SecretHash, Timestamp, User, UserId};
use ports::store::{ApiKey, AppBrief, AppRepository, StoreError};

use super::schema::{api_keys, apps, users};
use super::word::Word;
use super::{Db, Stamp, UnitOfWork, corrupt, dialect, failed, stamp, timestamp};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(Db))]
pub(super) struct UserRow {
    id: i64,
    state: Word<EntityState>,
    username: String,
    email: String,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: UserId::new(row.id),
            state: row.state.0,
            username: row.username,
            email: row.email,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = apps, check_for_backend(Db))]
struct AppRow {
    id: i64,
    state: Word<EntityState>,
    name: String,
    owner_id: i64,
    created_at: Stamp,
}

impl TryFrom<AppRow> for App {
    type Error = StoreError;

    fn try_from(row: AppRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: AppId::new(row.id),
            state: row.state.0,
            name: AppName::new(row.name).map_err(corrupt("app"))?,
            owner: UserId::new(row.owner_id),
            created_at: timestamp(row.created_at),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = apps, check_for_backend(Db))]
pub(super) struct AppBriefRow {
    id: i64,
    state: Word<EntityState>,
    name: String,
}

impl From<AppBriefRow> for AppBrief {
    fn from(row: AppBriefRow) -> Self {
        Self {
            id: AppId::new(row.id),
            state: row.state.0,
            name: row.name,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, check_for_backend(Db))]
struct ApiKeyRow {
    id: String,
    app_id: i64,
    secret_hash: Vec<u8>,
    created_at: Stamp,
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: ApiKeyRow) -> Result<Self, StoreError> {
        let hash = <[u8; 32]>::try_from(row.secret_hash.as_slice()).map_err(corrupt("app key"))?;
        Ok(Self {
            id: ApiKeyId::new(row.id),
            app: AppId::new(row.app_id),
            secret_hash: SecretHash(hash),
            created_at: timestamp(row.created_at),
        })
    }
}

#[async_trait]
impl AppRepository for UnitOfWork {
    async fn next_user_id(&mut self) -> Result<UserId, StoreError> {
        dialect::next_id(self.conn(), "users").await.map(UserId::new)
    }

    async fn insert_user(&mut self, user: &User) -> Result<(), StoreError> {
        let row = UserRow {
            id: user.id.get(),
            state: Word(user.state),
            username: user.username.clone(),
            email: user.email.clone(),
        };
        diesel::insert_into(users::table)
            .values(row)
            .execute(self.conn())
            .await
            .map_err(failed("user"))?;
        Ok(())
    }

    async fn user_by_username(&mut self, username: &str) -> Result<Option<User>, StoreError> {
        let found: Option<UserRow> = users::table
            .filter(users::username.eq(username))
            .select(UserRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed("user"))?;
        Ok(found.map(User::from))
    }

    async fn next_id(&mut self) -> Result<AppId, StoreError> {
        dialect::next_id(self.conn(), "apps").await.map(AppId::new)
    }

    async fn insert(&mut self, app: &App) -> Result<(), StoreError> {
        let row = AppRow {
            id: app.id.get(),
            state: Word(app.state),
            name: app.name.as_str().to_owned(),
            owner_id: app.owner.get(),
            created_at: stamp(app.created_at),
        };
        diesel::insert_into(apps::table)
            .values(row)
            .execute(self.conn())
            .await
            .map_err(failed("app"))?;
        Ok(())
    }

    async fn get(&mut self, id: AppId) -> Result<Option<App>, StoreError> {
        apps::table
            .find(id.get())
            .select(AppRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed("app"))?
            .map(App::try_from)
            .transpose()
    }

    async fn by_name(&mut self, owner: UserId, name: &str) -> Result<Option<App>, StoreError> {
        apps::table
            .filter(apps::owner_id.eq(owner.get()))
            .filter(apps::name.eq(name))
            .filter(apps::state.eq(EntityState::Active.name()))
            .order((apps::created_at, apps::id))
            .select(AppRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed("app"))?
            .map(App::try_from)
            .transpose()
    }

    async fn list(&mut self) -> Result<Vec<App>, StoreError> {
        apps::table
            .filter(apps::state.eq(EntityState::Active.name()))
            .order((apps::created_at, apps::id))
            .select(AppRow::as_select())
            .load(self.conn())
            .await
            .map_err(failed("app"))?
            .into_iter()
            .map(App::try_from)
            .collect()
    }

    async fn insert_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        let row = ApiKeyRow {
            id: key.id.as_str().to_owned(),
            app_id: key.app.get(),
            secret_hash: key.secret_hash.0.to_vec(),
            created_at: stamp(key.created_at),
        };
        diesel::insert_into(api_keys::table)
            .values(row)
            .execute(self.conn())
            .await
            .map_err(failed("app key"))?;
        Ok(())
    }

    async fn key(&mut self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        if !dialect::storable(id.as_str()) {
            return Ok(None);
        }
        api_keys::table
            .inner_join(apps::table.on(apps::id.eq(api_keys::app_id)))
            .filter(api_keys::id.eq(id.as_str()))
            .filter(api_keys::revoked_at.is_null())
            .filter(apps::state.eq(EntityState::Active.name()))
            .select(ApiKeyRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed("app key"))?
            .map(ApiKey::try_from)
            .transpose()
    }

    async fn valid_keys(&mut self) -> Result<Vec<ApiKey>, StoreError> {
        api_keys::table
            .inner_join(apps::table.on(apps::id.eq(api_keys::app_id)))
            .filter(api_keys::revoked_at.is_null())
            .filter(apps::state.eq(EntityState::Active.name()))
            .select(ApiKeyRow::as_select())
            .load(self.conn())
            .await
            .map_err(failed("app key"))?
            .into_iter()
            .map(ApiKey::try_from)
            .collect()
    }

    async fn keys(&mut self, app: AppId) -> Result<Vec<ApiKey>, StoreError> {
        api_keys::table
            .filter(api_keys::app_id.eq(app.get()))
            .filter(api_keys::revoked_at.is_null())
            .order((api_keys::created_at, api_keys::id))
            .select(ApiKeyRow::as_select())
            .load(self.conn())
            .await
            .map_err(failed("app key"))?
            .into_iter()
            .map(ApiKey::try_from)
            .collect()
    }

    async fn revoke_key(&mut self, id: &ApiKeyId, now: Timestamp) -> Result<bool, StoreError> {
        let revoked = diesel::update(api_keys::table.find(id.as_str()))
            .filter(api_keys::revoked_at.is_null())
            .set(api_keys::revoked_at.eq(Some(stamp(now))))
            .execute(self.conn())
            .await
            .map_err(failed("app key"))?;
        Ok(revoked == 1)
    }
}
