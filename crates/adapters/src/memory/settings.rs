//! Settings that the platform makes for itself.

use async_trait::async_trait;
use ports::store::{SettingRepository, StoreError};

use super::UnitOfWork;
use super::tables::insert;

#[async_trait]
impl SettingRepository for UnitOfWork {
    async fn get(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let tables = self.tables();
        Ok(tables.settings.get(name).map(|value| value.as_ref().clone()))
    }

    async fn insert(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let settings = &mut self.tables_mut()?.settings;
        insert(settings, "setting", name.to_owned(), value.to_owned())
    }
}
