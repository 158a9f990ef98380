//! Deliveries of events to apps.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{AppId, DeliveryState, Timestamp};
use ports::store::{Delivery, DeliveryRepository, Page, PageRequest, StoreError};

use super::UnitOfWork;
use super::tables::{Tables, insert, page_of};

impl Tables {
    /// The app's deliveries, oldest first.
    fn deliveries_of(&self, app: AppId) -> impl DoubleEndedIterator<Item = &Delivery> {
        let rows = self.deliveries.range((app, i64::MIN)..=(app, i64::MAX));
        rows.map(|(_, row)| row.as_ref())
    }
}

fn is_pending(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Pending
}

#[async_trait]
impl DeliveryRepository for UnitOfWork {
    async fn insert(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let table = &mut self.tables_mut()?.deliveries;
        for delivery in deliveries {
            let key = (delivery.app, delivery.sequence);
            insert(table, "delivery", key, delivery.clone())?;
        }
        Ok(())
    }

    async fn pending(&mut self, app: AppId) -> Result<u64, StoreError> {
        let tables = self.tables();
        let count = tables.deliveries_of(app).filter(|row| is_pending(row)).count();
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    async fn due(&mut self, app: AppId, now: Timestamp, most: u32) -> Result<Vec<Delivery>, StoreError> {
        let tables = self.tables();
        let mut lanes = HashSet::new();
        let firsts = tables
            .deliveries_of(app)
            .filter(|row| is_pending(row) && lanes.insert(row.lane));
        let due = firsts.filter(|row| row.next_attempt_at <= now);
        Ok(due
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .cloned()
            .collect())
    }

    async fn record(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let rows = Arc::make_mut(&mut self.tables_mut()?.deliveries);
        let row = rows.get_mut(&(delivery.app, delivery.sequence));
        if let Some(row) = row.filter(|row| is_pending(row)) {
            *row = Arc::new(Delivery {
                lane: row.lane,
                pending_since: row.pending_since,
                ..delivery.clone()
            });
        }
        Ok(())
    }

    async fn resume(&mut self, app: AppId, sequence: i64, now: Timestamp) -> Result<bool, StoreError> {
        let rows = Arc::make_mut(&mut self.tables_mut()?.deliveries);
        let Some(row) = rows.get_mut(&(app, sequence)).map(Arc::make_mut) else {
            return Ok(false);
        };
        if !is_pending(row) {
            row.state = DeliveryState::Pending;
            row.lane = -sequence;
            row.pending_since = now;
        }
        row.next_attempt_at = now;
        Ok(true)
    }

    async fn give_up(&mut self, app: AppId, why: &str) -> Result<(), StoreError> {
        let rows = Arc::make_mut(&mut self.tables_mut()?.deliveries);
        for (_, row) in rows.range_mut((app, i64::MIN)..=(app, i64::MAX)) {
            if is_pending(row) {
                let row = Arc::make_mut(row);
                row.state = DeliveryState::Failed;
                row.last_error = Some(why.to_owned());
            }
        }
        Ok(())
    }

    async fn list(&mut self, app: AppId, page: PageRequest) -> Result<Page<Delivery>, StoreError> {
        let tables = self.tables();
        let rows = tables.deliveries_of(app).rev().collect();
        page_of(rows, page, |row: &Delivery| Ok(row.clone()))
    }

    async fn forget(&mut self, app: AppId, before: Timestamp, most: u32) -> Result<usize, StoreError> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let tables = self.tables();
        let old = tables
            .deliveries_of(app)
            .filter(|row| row.created_at < before && !is_pending(row));
        let old: Vec<i64> = old.take(most).map(|row| row.sequence).collect();
        let rows = Arc::make_mut(&mut self.tables_mut()?.deliveries);
        for sequence in &old {
            rows.remove(&(app, *sequence));
        }
        Ok(old.len())
    }
}
