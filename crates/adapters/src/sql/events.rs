//! The feed of what happened, numbered by the app's row.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{AppId, DomainEvent, Timestamp};
use ports::store::{EventLog, StoreError};

use super::schema::{apps, events};
use super::{Stamp, UnitOfWork, failed, stamp};

#[derive(Insertable)]
#[diesel(table_name = events)]
struct EventRow {
    app_id: i64,
    sequence: i64,
    entity: &'static str,
    entity_id: i64,
    state: &'static str,
    occurred_at: Stamp,
}

#[async_trait]
impl EventLog for UnitOfWork {
    async fn append(
        &mut self,
        app: AppId,
        happened: &[DomainEvent],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if happened.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(happened.len()).unwrap_or(i64::MAX);
        let last: i64 = diesel::update(apps::table.find(app.get()))
            .set(apps::event_sequence.eq(apps::event_sequence + count))
            .returning(apps::event_sequence)
            .get_result(self.conn())
            .await
            .map_err(failed("app"))?;
        for (event, sequence) in happened.iter().zip(last - count + 1..) {
            let (entity, entity_id, state) = match event {
                DomainEvent::VideoRoom { id, state } => ("VIDEO_ROOM", id.get(), state.name()),
                DomainEvent::StreamKey { id, state } => ("STREAM_KEY", id.get(), state.name()),
            };
            let row = EventRow {
                app_id: app.get(),
                sequence,
                entity,
                entity_id,
                state,
                occurred_at: stamp(now),
            };
            diesel::insert_into(events::table)
                .values(row)
                .execute(self.conn())
                .await
                .map_err(failed("event"))?;
        }
        Ok(())
    }

    async fn last_sequence(&mut self, app: AppId) -> Result<i64, StoreError> {
        let last: Option<i64> = apps::table
            .find(app.get())
            .select(apps::event_sequence)
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed("app"))?;
        Ok(last.unwrap_or(0))
    }
}
