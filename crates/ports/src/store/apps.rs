//! Apps, the users who own them, and the keys that open them.

use async_trait::async_trait;
use domain::{ApiKeyId, App, AppId, EntityState, SecretHash, Timestamp, User, UserId};

use super::StoreError;

/// One of an app's keys: the public half, and the hash of the secret one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The public half.
    pub id: ApiKeyId,
    /// The app that it opens.
    pub app: AppId,
    /// The hash of the secret half.
    pub secret_hash: SecretHash,
    /// When it was issued.
    pub created_at: Timestamp,
}

/// What others say of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppBrief {
    /// The app's number.
    pub id: AppId,
    /// Whether it is there.
    pub state: EntityState,
    /// Its name.
    pub name: String,
}

/// Apps, their owners and their keys. Usernames are unique, and so are key ids, over all apps.
#[async_trait]
pub trait AppRepository: Send {
    /// A number for a new user.
    async fn next_user_id(&mut self) -> Result<UserId, StoreError>;
    /// Adds a user. [`StoreError::AlreadyExists`] for a username that is taken.
    async fn insert_user(&mut self, user: &User) -> Result<(), StoreError>;
    /// The user of that username.
    async fn user_by_username(&mut self, username: &str) -> Result<Option<User>, StoreError>;

    /// A number for a new app.
    async fn next_id(&mut self) -> Result<AppId, StoreError>;
    /// Adds an app.
    async fn insert(&mut self, app: &App) -> Result<(), StoreError>;
    /// The app of that number, deleted or not.
    async fn get(&mut self, id: AppId) -> Result<Option<App>, StoreError>;
    /// The app of that name that belongs to `owner`, the oldest one if there are several.
    async fn by_name(&mut self, owner: UserId, name: &str) -> Result<Option<App>, StoreError>;
    /// All apps that are not deleted, oldest first.
    async fn list(&mut self) -> Result<Vec<App>, StoreError>;

    /// Adds a key. [`StoreError::AlreadyExists`] for an id that was ever issued, revoked or not.
    async fn insert_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;
    /// The key of that id, if it is not revoked and its app not deleted.
    async fn key(&mut self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError>;
    /// Every key that opens something: not revoked, and of an app that is not deleted. In no order.
    async fn valid_keys(&mut self) -> Result<Vec<ApiKey>, StoreError>;
    /// The keys of an app that are not revoked, oldest first.
    async fn keys(&mut self, app: AppId) -> Result<Vec<ApiKey>, StoreError>;
    /// Revokes a key. False when there is none that is not revoked.
    async fn revoke_key(&mut self, id: &ApiKeyId, now: Timestamp) -> Result<bool, StoreError>;
}
