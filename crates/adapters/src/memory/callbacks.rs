//! Callbacks of apps, and who tells them.

use std::sync::Arc;

use async_trait::async_trait;
use domain::AppId;
use ports::store::{Callback, CallbackLease, CallbackRepository, StoreError};

use super::UnitOfWork;
use super::tables::CallbackRow;

impl UnitOfWork {
    fn callback_mut(&mut self, app: AppId) -> Result<Option<&mut CallbackRow>, StoreError> {
        let rows = Arc::make_mut(&mut self.tables_mut()?.callbacks);
        Ok(rows.get_mut(&app).map(Arc::make_mut))
    }

    /// Changes the leases of one holder.
    fn of_holder(&mut self, holder: &str, change: impl Fn(&mut CallbackLease)) -> Result<(), StoreError> {
        let rows = Arc::make_mut(&mut self.tables_mut()?.callbacks);
        for row in rows.values_mut() {
            if row.lease.holder.as_deref() == Some(holder) {
                change(&mut Arc::make_mut(row).lease);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl CallbackRepository for UnitOfWork {
    async fn put(&mut self, callback: &Callback) -> Result<(), StoreError> {
        if let Some(row) = self.callback_mut(callback.app)? {
            row.callback = Callback {
                cursor: row.callback.cursor,
                created_at: row.callback.created_at,
                ..callback.clone()
            };
            return Ok(());
        }
        let row = CallbackRow {
            callback: callback.clone(),
            lease: CallbackLease {
                app: callback.app,
                holder: None,
                beat: 0,
            },
        };
        Arc::make_mut(&mut self.tables_mut()?.callbacks).insert(callback.app, Arc::new(row));
        Ok(())
    }

    async fn get(&mut self, app: AppId) -> Result<Option<Callback>, StoreError> {
        Ok(self.tables().callbacks.get(&app).map(|row| row.callback.clone()))
    }

    async fn remove(&mut self, app: AppId) -> Result<bool, StoreError> {
        let rows = Arc::make_mut(&mut self.tables_mut()?.callbacks);
        Ok(rows.remove(&app).is_some())
    }

    async fn advance(&mut self, app: AppId, from: i64, to: i64) -> Result<bool, StoreError> {
        let row = self.callback_mut(app)?.filter(|row| row.callback.cursor == from);
        let Some(row) = row else {
            return Ok(false);
        };
        row.callback.cursor = to;
        Ok(true)
    }

    async fn leases(&mut self) -> Result<Vec<CallbackLease>, StoreError> {
        Ok(self
            .tables()
            .callbacks
            .values()
            .map(|row| row.lease.clone())
            .collect())
    }

    async fn take(&mut self, seen: &CallbackLease, holder: &str) -> Result<bool, StoreError> {
        let row = self.callback_mut(seen.app)?.filter(|row| row.lease == *seen);
        let Some(row) = row else {
            return Ok(false);
        };
        row.lease.holder = Some(holder.to_owned());
        row.lease.beat += 1;
        Ok(true)
    }

    async fn beat(&mut self, holder: &str) -> Result<(), StoreError> {
        self.of_holder(holder, |lease| lease.beat += 1)
    }

    async fn release(&mut self, holder: &str) -> Result<(), StoreError> {
        self.of_holder(holder, |lease| lease.holder = None)
    }
}
