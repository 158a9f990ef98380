//! The feed of what happened, numbered by the app's row.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    AppId, DomainEvent, InvalidRecord, StreamKeyId, StreamKeyState, Timestamp, VideoRoomId, VideoRoomState,
};
use ports::store::{Event, EventLog, StoreError};

use super::schema::{apps, events};
use super::{Db, Stamp, UnitOfWork, corrupt, dialect, failed, stamp, timestamp};

const WHAT: &str = "event";

/// What an event is about in its columns: the kind of entity, its number, its new state.
pub(super) const fn columns(event: DomainEvent) -> (&'static str, i64, &'static str) {
    match event {
        DomainEvent::VideoRoom { id, state } => ("VIDEO_ROOM", id.get(), state.name()),
        DomainEvent::StreamKey { id, state } => ("STREAM_KEY", id.get(), state.name()),
    }
}

/// The event of these columns, in a row of `what`.
pub(super) fn event(
    what: &'static str,
    entity: &str,
    entity_id: i64,
    state: &str,
) -> Result<DomainEvent, StoreError> {
    match entity {
        "VIDEO_ROOM" => Ok(DomainEvent::VideoRoom {
            id: VideoRoomId::new(entity_id),
            state: VideoRoomState::from_name(state).map_err(corrupt(what))?,
        }),
        "STREAM_KEY" => Ok(DomainEvent::StreamKey {
            id: StreamKeyId::new(entity_id),
            state: StreamKeyState::from_name(state).map_err(corrupt(what))?,
        }),
        _ => Err(StoreError::corrupt(
            what,
            InvalidRecord("an event is about a room or a key"),
        )),
    }
}

#[derive(Insertable)]
#[diesel(table_name = events)]
struct NewEventRow {
    app_id: i64,
    sequence: i64,
    entity: &'static str,
    entity_id: i64,
    state: &'static str,
    occurred_at: Stamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = events, check_for_backend(Db))]
struct EventRow {
    sequence: i64,
    entity: String,
    entity_id: i64,
    state: String,
    occurred_at: Stamp,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.sequence,
            occurred_at: timestamp(row.occurred_at),
            what: event(WHAT, &row.entity, row.entity_id, &row.state)?,
        })
    }
}

#[async_trait]
impl EventLog for UnitOfWork {
    async fn append(
        &mut self,
        app: AppId,
        happened: &[DomainEvent],
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        if happened.is_empty() {
            return self.last_sequence(app).await;
        }
        let count = i64::try_from(happened.len()).unwrap_or(i64::MAX);
        let last: i64 = diesel::update(apps::table.find(app.get()))
            .set(apps::event_sequence.eq(apps::event_sequence + count))
            .returning(apps::event_sequence)
            .get_result(self.conn())
            .await
            .map_err(failed("app"))?;
        for (event, sequence) in happened.iter().zip(last - count + 1..) {
            let (entity, entity_id, state) = columns(*event);
            let row = NewEventRow {
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
                .map_err(failed(WHAT))?;
        }
        Ok(last)
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

    async fn last_sequences(&mut self, of: &[AppId]) -> Result<Vec<(AppId, i64)>, StoreError> {
        let mut found = Vec::with_capacity(of.len());
        for of in of.chunks(dialect::MAX_IDS) {
            let rows: Vec<(i64, i64)> = apps::table
                .filter(apps::id.eq_any(of.iter().map(|app| app.get())))
                .select((apps::id, apps::event_sequence))
                .load(self.conn())
                .await
                .map_err(failed("app"))?;
            found.extend(rows.into_iter().map(|(app, last)| (AppId::new(app), last)));
        }
        Ok(found)
    }

    async fn after(&mut self, app: AppId, sequence: i64, most: u32) -> Result<Vec<Event>, StoreError> {
        events::table
            .filter(events::app_id.eq(app.get()))
            .filter(events::sequence.gt(sequence))
            .order(events::sequence)
            .limit(most.into())
            .select(EventRow::as_select())
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?
            .into_iter()
            .map(Event::try_from)
            .collect()
    }

    async fn forget(&mut self, app: AppId, before: Timestamp, most: u32) -> Result<usize, StoreError> {
        let oldest: Vec<(i64, Stamp)> = events::table
            .filter(events::app_id.eq(app.get()))
            .order(events::sequence)
            .limit(most.into())
            .select((events::sequence, events::occurred_at))
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        let old = oldest.into_iter().take_while(|(_, at)| timestamp(*at) < before);
        let Some((last, _)) = old.last() else {
            return Ok(0);
        };
        diesel::delete(events::table)
            .filter(events::app_id.eq(app.get()))
            .filter(events::sequence.le(last))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))
    }
}
