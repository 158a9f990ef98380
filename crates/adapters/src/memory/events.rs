//! The feed of what happened.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{AppId, DomainEvent, Timestamp};
use ports::store::{Event, EventLog, StoreError};

use super::UnitOfWork;
use super::tables::dangling;

/// How many events are in one piece of a feed: as much is copied when one is appended.
const PIECE: usize = 256;

/// The events of one app. They lie in pieces that snapshots share, all full but the last.
#[derive(Clone, Default)]
pub(super) struct Feed {
    last: i64,
    pieces: VecDeque<Arc<Vec<Event>>>,
}

impl Feed {
    fn append(&mut self, what: DomainEvent, occurred_at: Timestamp) {
        self.last += 1;
        let event = Event {
            sequence: self.last,
            occurred_at,
            what,
        };
        match self.pieces.back_mut().filter(|piece| piece.len() < PIECE) {
            Some(piece) => Arc::make_mut(piece).push(event),
            None => self.pieces.push_back(Arc::new(vec![event])),
        }
    }

    fn after(&self, sequence: i64) -> impl Iterator<Item = &Event> {
        let begun = self
            .pieces
            .partition_point(|piece| piece.last().is_none_or(|last| last.sequence <= sequence));
        let events = self.pieces.range(begun..).flat_map(|piece| piece.iter());
        events.filter(move |event| event.sequence > sequence)
    }

    fn forget(&mut self, count: usize) {
        let mut left = count;
        while let Some(piece) = self.pieces.front_mut().filter(|_| left > 0) {
            let here = left.min(piece.len());
            left -= here;
            if here == piece.len() {
                self.pieces.pop_front();
            } else {
                Arc::make_mut(piece).drain(..here);
            }
        }
    }
}

#[async_trait]
impl EventLog for UnitOfWork {
    async fn append(
        &mut self,
        app: AppId,
        events: &[DomainEvent],
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        if events.is_empty() {
            return self.last_sequence(app).await;
        }
        let tables = self.tables_mut()?;
        if !tables.apps.contains_key(&app) {
            return Err(dangling("app"));
        }
        let feed = Arc::make_mut(&mut tables.events).entry(app).or_default();
        for event in events {
            feed.append(*event, now);
        }
        Ok(feed.last)
    }

    async fn last_sequence(&mut self, app: AppId) -> Result<i64, StoreError> {
        Ok(self.tables().events.get(&app).map_or(0, |feed| feed.last))
    }

    async fn last_sequences(&mut self, apps: &[AppId]) -> Result<Vec<(AppId, i64)>, StoreError> {
        let tables = self.tables();
        let there = apps.iter().filter(|app| tables.apps.contains_key(app));
        let last = |app: &AppId| tables.events.get(app).map_or(0, |feed| feed.last);
        Ok(there.map(|app| (*app, last(app))).collect())
    }

    async fn after(&mut self, app: AppId, sequence: i64, most: u32) -> Result<Vec<Event>, StoreError> {
        let tables = self.tables();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let feed = tables.events.get(&app);
        Ok(feed.map_or_else(Vec::new, |feed| {
            feed.after(sequence).take(most).copied().collect()
        }))
    }

    async fn forget(&mut self, app: AppId, before: Timestamp, most: u32) -> Result<usize, StoreError> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let events = Arc::make_mut(&mut self.tables_mut()?.events);
        let Some(feed) = events.get_mut(&app) else {
            return Ok(0);
        };
        let oldest = feed.after(0).take(most);
        let old = oldest.take_while(|event| event.occurred_at < before).count();
        feed.forget(old);
        Ok(old)
    }
}
