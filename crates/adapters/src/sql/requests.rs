//! Requests that are done once.

use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{AppId, Timestamp};
use ports::store::{Claim, DoneRequest, RequestRepository, StoreError};

use super::schema::done_requests;
use super::{Db, Stamp, UnitOfWork, dialect, failed, stamp, timestamp};

const WHAT: &str = "request";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = done_requests, check_for_backend(Db))]
struct DoneRequestRow {
    app_id: i64,
    key: String,
    fingerprint: Vec<u8>,
    resource_id: i64,
    done_at: Stamp,
}

impl TryFrom<DoneRequestRow> for DoneRequest {
    type Error = StoreError;

    fn try_from(row: DoneRequestRow) -> Result<Self, StoreError> {
        let fingerprint = row.fingerprint.try_into();
        Ok(Self {
            app: AppId::new(row.app_id),
            key: row.key,
            fingerprint: fingerprint.map_err(|_| StoreError::corrupt(WHAT, "a fingerprint has 32 bytes"))?,
            resource: row.resource_id,
            done_at: timestamp(row.done_at),
        })
    }
}

#[async_trait]
impl RequestRepository for UnitOfWork {
    async fn claim(&mut self, app: AppId, key: &str, since: Timestamp) -> Result<Claim, StoreError> {
        if !dialect::claim(self.conn(), app, key).await? {
            return Ok(Claim::Refused);
        }
        let of_key = done_requests::table.find((app.get(), key));
        let found: Option<DoneRequestRow> = of_key
            .select(DoneRequestRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        let Some(done) = found.map(DoneRequest::try_from).transpose()? else {
            return Ok(Claim::Granted);
        };
        if done.done_at >= since {
            return Ok(Claim::Done(done));
        }
        diesel::delete(of_key)
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(Claim::Granted)
    }

    async fn insert(&mut self, request: &DoneRequest) -> Result<(), StoreError> {
        let row = DoneRequestRow {
            app_id: request.app.get(),
            key: request.key.clone(),
            fingerprint: request.fingerprint.to_vec(),
            resource_id: request.resource,
            done_at: stamp(request.done_at),
        };
        diesel::insert_into(done_requests::table)
            .values(row)
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn forget(&mut self, before: Timestamp, limit: u32) -> Result<usize, StoreError> {
        let old = || done_requests::table.filter(done_requests::done_at.lt(stamp(before)));
        let oldest: Vec<(i64, String)> = old()
            .order(done_requests::done_at)
            .limit(limit.into())
            .select((done_requests::app_id, done_requests::key))
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        let mut of_apps: HashMap<i64, Vec<String>> = HashMap::new();
        for (app, key) in oldest {
            of_apps.entry(app).or_default().push(key);
        }
        let mut forgotten = 0;
        for (app, keys) in &of_apps {
            for keys in keys.chunks(dialect::MAX_IDS) {
                // Whoever has used a key anew meanwhile keeps it.
                forgotten += diesel::delete(old())
                    .filter(done_requests::app_id.eq(app))
                    .filter(done_requests::key.eq_any(keys))
                    .execute(self.conn())
                    .await
                    .map_err(failed(WHAT))?;
            }
        }
        Ok(forgotten)
    }
}
