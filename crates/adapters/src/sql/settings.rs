//! Settings that the platform makes for itself.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ports::store::{SettingRepository, StoreError};

use super::schema::settings;
use super::{UnitOfWork, failed};

const WHAT: &str = "setting";

#[async_trait]
impl SettingRepository for UnitOfWork {
    async fn get(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        settings::table
            .find(name)
            .select(settings::value)
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))
    }

    async fn insert(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        diesel::insert_into(settings::table)
            .values((settings::name.eq(name), settings::value.eq(value)))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}
