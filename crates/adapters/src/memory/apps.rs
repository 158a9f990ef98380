//! Apps, their owners and their keys.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{ApiKeyId, App, AppId, EntityState, Timestamp, User, UserId};
use ports::store::{ApiKey, AppRepository, StoreError};

use super::UnitOfWork;
use super::tables::{ApiKeyRow, insert, next};

#[async_trait]
impl AppRepository for UnitOfWork {
    async fn next_user_id(&mut self) -> Result<UserId, StoreError> {
        Ok(UserId::new(next(&mut self.tables_mut()?.last_ids.user)))
    }

    async fn insert_user(&mut self, user: &User) -> Result<(), StoreError> {
        let users = &mut self.tables_mut()?.users;
        if users.values().any(|other| other.username == user.username) {
            return Err(StoreError::AlreadyExists { what: "user" });
        }
        insert(users, "user", user.id, user.clone())
    }

    async fn user_by_username(&mut self, username: &str) -> Result<Option<User>, StoreError> {
        let tables = self.tables();
        let user = tables.users.values().find(|user| user.username == username);
        Ok(user.map(|user| user.as_ref().clone()))
    }

    async fn next_id(&mut self) -> Result<AppId, StoreError> {
        Ok(AppId::new(next(&mut self.tables_mut()?.last_ids.app)))
    }

    async fn insert(&mut self, app: &App) -> Result<(), StoreError> {
        insert(&mut self.tables_mut()?.apps, "app", app.id, app.clone())
    }

    async fn get(&mut self, id: AppId) -> Result<Option<App>, StoreError> {
        Ok(self.tables().apps.get(&id).map(|app| app.as_ref().clone()))
    }

    async fn by_name(&mut self, owner: UserId, name: &str) -> Result<Option<App>, StoreError> {
        let apps = self.list().await?;
        Ok(apps
            .into_iter()
            .find(|app| app.owner == owner && app.name.as_str() == name))
    }

    async fn list(&mut self) -> Result<Vec<App>, StoreError> {
        let tables = self.tables();
        let there = tables
            .apps
            .values()
            .filter(|app| app.state == EntityState::Active);
        let mut apps: Vec<App> = there.map(|app| app.as_ref().clone()).collect();
        apps.sort_by_key(|app| (app.created_at, app.id));
        Ok(apps)
    }

    async fn insert_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        let row = ApiKeyRow {
            key: key.clone(),
            revoked: false,
        };
        insert(&mut self.tables_mut()?.api_keys, "app key", key.id.clone(), row)
    }

    async fn key(&mut self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let tables = self.tables();
        let row = tables.api_keys.get(id).filter(|row| row.opens(&tables));
        Ok(row.map(|row| row.key.clone()))
    }

    async fn valid_keys(&mut self) -> Result<Vec<ApiKey>, StoreError> {
        let tables = self.tables();
        let valid = tables.api_keys.values().filter(|row| row.opens(&tables));
        Ok(valid.map(|row| row.key.clone()).collect())
    }

    async fn keys(&mut self, app: AppId) -> Result<Vec<ApiKey>, StoreError> {
        let tables = self.tables();
        let issued = tables.api_keys.values();
        let valid = issued.filter(|row| row.key.app == app && !row.revoked);
        let mut keys: Vec<ApiKey> = valid.map(|row| row.key.clone()).collect();
        keys.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(keys)
    }

    async fn revoke_key(&mut self, id: &ApiKeyId, _now: Timestamp) -> Result<bool, StoreError> {
        let keys = &mut self.tables_mut()?.api_keys;
        if keys.get(id).is_none_or(|row| row.revoked) {
            return Ok(false);
        }
        if let Some(row) = Arc::make_mut(keys).get_mut(id) {
            Arc::make_mut(row).revoked = true;
        }
        Ok(true)
    }
}
