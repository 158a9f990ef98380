//! Settings that the platform makes for itself, once for all processes.

use async_trait::async_trait;

use super::StoreError;

/// Texts by name. What is set stays.
#[async_trait]
pub trait SettingRepository: Send {
    /// The text of that name.
    async fn get(&mut self, name: &str) -> Result<Option<String>, StoreError>;
    /// Sets a text for good. [`StoreError::AlreadyExists`] when there is one of that name.
    async fn insert(&mut self, name: &str, value: &str) -> Result<(), StoreError>;
}
