//! Callbacks of apps, and who tells them.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{AppId, InvalidRecord};
use ports::store::{Callback, CallbackAccess, CallbackLease, CallbackRepository, StoreError, WebhookSecret};

use super::schema::callbacks;
use super::{Db, Stamp, UnitOfWork, failed, stamp, timestamp};

const WHAT: &str = "callback";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = callbacks, check_for_backend(Db))]
struct CallbackRow {
    app_id: i64,
    url: String,
    access_id: Option<String>,
    access_password: Option<String>,
    secret: String,
    cursor: i64,
    created_at: Stamp,
    last_modified_at: Stamp,
}

impl TryFrom<CallbackRow> for Callback {
    type Error = StoreError;

    fn try_from(row: CallbackRow) -> Result<Self, StoreError> {
        let access = match (row.access_id, row.access_password) {
            (None, None) => None,
            (Some(id), Some(password)) => Some(CallbackAccess { id, password }),
            _ => {
                return Err(StoreError::corrupt(
                    WHAT,
                    InvalidRecord("credentials are a name and a password"),
                ));
            }
        };
        Ok(Self {
            app: AppId::new(row.app_id),
            url: row.url,
            access,
            secret: WebhookSecret::new(row.secret),
            cursor: row.cursor,
            created_at: timestamp(row.created_at),
            last_modified_at: timestamp(row.last_modified_at),
        })
    }
}

#[async_trait]
impl CallbackRepository for UnitOfWork {
    async fn put(&mut self, callback: &Callback) -> Result<(), StoreError> {
        let access = callback.access.as_ref();
        let access_id = access.map(|access| access.id.clone());
        let access_password = access.map(|access| access.password.clone());
        let modified = stamp(callback.last_modified_at);
        let row = CallbackRow {
            app_id: callback.app.get(),
            url: callback.url.clone(),
            access_id: access_id.clone(),
            access_password: access_password.clone(),
            secret: callback.secret.expose().to_owned(),
            cursor: callback.cursor,
            created_at: stamp(callback.created_at),
            last_modified_at: modified,
        };
        diesel::insert_into(callbacks::table)
            .values((row, callbacks::beat.eq(0)))
            .on_conflict(callbacks::app_id)
            .do_update()
            .set((
                callbacks::url.eq(callback.url.as_str()),
                callbacks::access_id.eq(access_id),
                callbacks::access_password.eq(access_password),
                callbacks::secret.eq(callback.secret.expose()),
                callbacks::last_modified_at.eq(modified),
            ))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn get(&mut self, app: AppId) -> Result<Option<Callback>, StoreError> {
        callbacks::table
            .find(app.get())
            .select(CallbackRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?
            .map(Callback::try_from)
            .transpose()
    }

    async fn remove(&mut self, app: AppId) -> Result<bool, StoreError> {
        let removed = diesel::delete(callbacks::table.find(app.get()))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(removed == 1)
    }

    async fn advance(&mut self, app: AppId, from: i64, to: i64) -> Result<bool, StoreError> {
        let advanced = diesel::update(callbacks::table.find(app.get()))
            .filter(callbacks::cursor.eq(from))
            .set(callbacks::cursor.eq(to))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(advanced == 1)
    }

    async fn leases(&mut self) -> Result<Vec<CallbackLease>, StoreError> {
        let rows: Vec<(i64, Option<String>, i64)> = callbacks::table
            .order(callbacks::app_id)
            .select((callbacks::app_id, callbacks::holder, callbacks::beat))
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        let lease = |(app, holder, beat)| CallbackLease {
            app: AppId::new(app),
            holder,
            beat,
        };
        Ok(rows.into_iter().map(lease).collect())
    }

    async fn take(&mut self, seen: &CallbackLease, holder: &str) -> Result<bool, StoreError> {
        let as_seen = callbacks::table
            .find(seen.app.get())
            .filter(callbacks::beat.eq(seen.beat));
        let change = (
            callbacks::holder.eq(Some(holder)),
            callbacks::beat.eq(seen.beat + 1),
        );
        let taking = diesel::update(as_seen).set(change).into_boxed();
        let taking = match &seen.holder {
            Some(other) => taking.filter(callbacks::holder.eq(other)),
            None => taking.filter(callbacks::holder.is_null()),
        };
        let taken = taking.execute(self.conn()).await.map_err(failed(WHAT))?;
        Ok(taken == 1)
    }

    async fn beat(&mut self, holder: &str) -> Result<(), StoreError> {
        diesel::update(callbacks::table.filter(callbacks::holder.eq(holder)))
            .set(callbacks::beat.eq(callbacks::beat + 1))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn release(&mut self, holder: &str) -> Result<(), StoreError> {
        diesel::update(callbacks::table.filter(callbacks::holder.eq(holder)))
            .set(callbacks::holder.eq(None::<String>))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}
