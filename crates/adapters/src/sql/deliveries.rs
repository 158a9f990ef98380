//! Deliveries of events to apps.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{AppId, DeliveryState, DomainEvent, Timestamp};
use futures_util::FutureExt;
use ports::store::{Delivery, DeliveryRepository, Page, PageRequest, StoreError};

use super::events;
use super::schema::callback_deliveries::{self, dsl};
use super::word::Word;
use super::{Db, Stamp, UnitOfWork, corrupt, failed, stamp, timestamp};

const WHAT: &str = "delivery";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = callback_deliveries, check_for_backend(Db))]
struct DeliveryRow {
    app_id: i64,
    sequence: i64,
    lane: i64,
    entity: String,
    entity_id: i64,
    entity_state: String,
    state: Word<DeliveryState>,
    attempts: i64,
    last_status: Option<i64>,
    last_error: Option<String>,
    created_at: Stamp,
    pending_since: Stamp,
    next_attempt_at: Stamp,
    delivered_at: Option<Stamp>,
}

impl From<&Delivery> for DeliveryRow {
    fn from(delivery: &Delivery) -> Self {
        let (entity, entity_id, entity_state) = events::columns(delivery.what);
        Self {
            app_id: delivery.app.get(),
            sequence: delivery.sequence,
            lane: delivery.lane,
            entity: entity.to_owned(),
            entity_id,
            entity_state: entity_state.to_owned(),
            state: Word(delivery.state),
            attempts: delivery.attempts,
            last_status: delivery.last_status.map(i64::from),
            last_error: delivery.last_error.clone(),
            created_at: stamp(delivery.created_at),
            pending_since: stamp(delivery.pending_since),
            next_attempt_at: stamp(delivery.next_attempt_at),
            delivered_at: delivery.delivered_at.map(stamp),
        }
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let what: DomainEvent = events::event(WHAT, &row.entity, row.entity_id, &row.entity_state)?;
        let last_status = row.last_status.map(u16::try_from).transpose();
        Ok(Self {
            app: AppId::new(row.app_id),
            sequence: row.sequence,
            lane: row.lane,
            what,
            state: row.state.0,
            attempts: row.attempts,
            last_status: last_status.map_err(corrupt(WHAT))?,
            last_error: row.last_error,
            created_at: timestamp(row.created_at),
            pending_since: timestamp(row.pending_since),
            next_attempt_at: timestamp(row.next_attempt_at),
            delivered_at: row.delivered_at.map(timestamp),
        })
    }
}

/// How many rows go into one statement.
const ROWS: usize = 500;

#[async_trait]
impl DeliveryRepository for UnitOfWork {
    async fn insert(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        for row in deliveries.iter().map(DeliveryRow::from) {
            diesel::insert_into(callback_deliveries::table)
                .values(row)
                .execute(self.conn())
                .await
                .map_err(failed(WHAT))?;
        }
        Ok(())
    }

    async fn pending(&mut self, app: AppId) -> Result<u64, StoreError> {
        let count: i64 = callback_deliveries::table
            .filter(dsl::app_id.eq(app.get()))
            .filter(dsl::state.eq(DeliveryState::Pending.name()))
            .count()
            .get_result(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn due(&mut self, app: AppId, now: Timestamp, most: u32) -> Result<Vec<Delivery>, StoreError> {
        let firsts: Vec<Option<i64>> = callback_deliveries::table
            .filter(dsl::app_id.eq(app.get()))
            .filter(dsl::state.eq(DeliveryState::Pending.name()))
            .group_by(dsl::lane)
            .select(diesel::dsl::min(dsl::sequence))
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        let mut firsts: Vec<i64> = firsts.into_iter().flatten().collect();
        firsts.sort_unstable();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut due = Vec::new();
        for some in firsts.chunks(ROWS) {
            let rows: Vec<DeliveryRow> = callback_deliveries::table
                .filter(dsl::app_id.eq(app.get()))
                .filter(dsl::sequence.eq_any(some.iter().copied()))
                .filter(dsl::next_attempt_at.le(stamp(now)))
                .order(dsl::sequence)
                .select(DeliveryRow::as_select())
                .load(self.conn())
                .await
                .map_err(failed(WHAT))?;
            for row in rows {
                due.push(Delivery::try_from(row)?);
            }
            if due.len() >= most {
                due.truncate(most);
                break;
            }
        }
        Ok(due)
    }

    async fn record(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let row = DeliveryRow::from(delivery);
        diesel::update(callback_deliveries::table.find((row.app_id, row.sequence)))
            .filter(dsl::state.eq(DeliveryState::Pending.name()))
            .set((
                dsl::state.eq(row.state),
                dsl::attempts.eq(row.attempts),
                dsl::last_status.eq(row.last_status),
                dsl::last_error.eq(row.last_error),
                dsl::next_attempt_at.eq(row.next_attempt_at),
                dsl::delivered_at.eq(row.delivered_at),
            ))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn resume(&mut self, app: AppId, sequence: i64, now: Timestamp) -> Result<bool, StoreError> {
        let one = || callback_deliveries::table.find((app.get(), sequence));
        let again = diesel::update(one())
            .filter(dsl::state.ne(DeliveryState::Pending.name()))
            .set((
                dsl::state.eq(DeliveryState::Pending.name()),
                dsl::lane.eq(-sequence),
                dsl::pending_since.eq(stamp(now)),
                dsl::next_attempt_at.eq(stamp(now)),
            ))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        if again == 1 {
            return Ok(true);
        }
        let sooner = diesel::update(one())
            .set(dsl::next_attempt_at.eq(stamp(now)))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(sooner == 1)
    }

    async fn give_up(&mut self, app: AppId, why: &str) -> Result<(), StoreError> {
        diesel::update(callback_deliveries::table)
            .filter(dsl::app_id.eq(app.get()))
            .filter(dsl::state.eq(DeliveryState::Pending.name()))
            .set((
                dsl::state.eq(DeliveryState::Failed.name()),
                dsl::last_error.eq(Some(why)),
            ))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn list(&mut self, app: AppId, page: PageRequest) -> Result<Page<Delivery>, StoreError> {
        let remembered = self.remembered();
        self.long_running(move |conn| {
            async move {
                let of_app = || callback_deliveries::table.filter(dsl::app_id.eq(app.get()));
                let total = remembered
                    .totals
                    .of(
                        format!("deliveries {app}"),
                        || of_app().select(dsl::sequence),
                        conn,
                    )
                    .await
                    .map_err(failed(WHAT))?;
                let rows: Vec<DeliveryRow> = of_app()
                    .order(dsl::sequence.desc())
                    .offset(i64::try_from(page.offset()).unwrap_or(i64::MAX))
                    .limit(page.size.into())
                    .select(DeliveryRow::as_select())
                    .load(conn)
                    .await
                    .map_err(failed(WHAT))?;
                let items = rows.into_iter().map(Delivery::try_from);
                Ok(Page {
                    items: items.collect::<Result<_, _>>()?,
                    total,
                })
            }
            .boxed()
        })
        .await
    }

    async fn forget(&mut self, app: AppId, before: Timestamp, most: u32) -> Result<usize, StoreError> {
        let old: Vec<i64> = callback_deliveries::table
            .filter(dsl::app_id.eq(app.get()))
            .filter(dsl::created_at.lt(stamp(before)))
            .filter(dsl::state.ne(DeliveryState::Pending.name()))
            .order((dsl::created_at, dsl::sequence))
            .limit(most.into())
            .select(dsl::sequence)
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        for some in old.chunks(ROWS) {
            diesel::delete(callback_deliveries::table)
                .filter(dsl::app_id.eq(app.get()))
                .filter(dsl::state.ne(DeliveryState::Pending.name()))
                .filter(dsl::sequence.eq_any(some.iter().copied()))
                .execute(self.conn())
                .await
                .map_err(failed(WHAT))?;
        }
        Ok(old.len())
    }
}
