//! A store that tells, after each commit in this process, how far an app's events have come. Nothing is added to the
//! transaction, and no use case has to think of it.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{AppId, DomainEvent, Timestamp};
use ports::store::{
    AppRepository, CallbackRepository, DeliveryRepository, Event, EventLog, IngestHealthRepository, Intent,
    MemberRepository, NodeRepository, RequestRepository, SessionRepository, SettingRepository, Store,
    StoreError, StreamKeyRepository, UnitOfWork, VideoRoomRepository, WhitelistRepository,
};

use super::Wakeups;

/// The store itself, watched.
pub(crate) struct Watched {
    store: Arc<dyn Store>,
    wakeups: Arc<Wakeups>,
}

impl Watched {
    pub(crate) fn new(store: Arc<dyn Store>, wakeups: Arc<Wakeups>) -> Self {
        Self { store, wakeups }
    }
}

#[async_trait]
impl Store for Watched {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let work = self.store.begin(intent).await?;
        if intent == Intent::Read {
            return Ok(work);
        }
        Ok(Box::new(WatchedWork {
            work,
            wakeups: Arc::clone(&self.wakeups),
            reached: Vec::new(),
        }))
    }

    async fn told(&self, node: &str) {
        self.store.told(node).await;
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}

struct WatchedWork {
    work: Box<dyn UnitOfWork>,
    wakeups: Arc<Wakeups>,
    /// What the commit will make seen.
    reached: Vec<(AppId, i64)>,
}

#[async_trait]
impl UnitOfWork for WatchedWork {
    fn apps(&mut self) -> &mut dyn AppRepository {
        self.work.apps()
    }

    fn members(&mut self) -> &mut dyn MemberRepository {
        self.work.members()
    }

    fn stream_keys(&mut self) -> &mut dyn StreamKeyRepository {
        self.work.stream_keys()
    }

    fn video_rooms(&mut self) -> &mut dyn VideoRoomRepository {
        self.work.video_rooms()
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self.work.sessions()
    }

    fn nodes(&mut self) -> &mut dyn NodeRepository {
        self.work.nodes()
    }

    fn ingest_health(&mut self) -> &mut dyn IngestHealthRepository {
        self.work.ingest_health()
    }

    fn settings(&mut self) -> &mut dyn SettingRepository {
        self.work.settings()
    }

    fn requests(&mut self) -> &mut dyn RequestRepository {
        self.work.requests()
    }

    fn whitelist(&mut self) -> &mut dyn WhitelistRepository {
        self.work.whitelist()
    }

    fn events(&mut self) -> &mut dyn EventLog {
        self
    }

    fn callbacks(&mut self) -> &mut dyn CallbackRepository {
        self.work.callbacks()
    }

    fn deliveries(&mut self) -> &mut dyn DeliveryRepository {
        self.work.deliveries()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self {
            work,
            wakeups,
            reached,
        } = *self;
        work.commit().await?;
        for (app, sequence) in reached {
            wakeups.reached(app, sequence);
        }
        Ok(())
    }
}

#[async_trait]
impl EventLog for WatchedWork {
    async fn append(
        &mut self,
        app: AppId,
        events: &[DomainEvent],
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let last = self.work.events().append(app, events, now).await?;
        self.reached.push((app, last));
        Ok(last)
    }

    async fn last_sequence(&mut self, app: AppId) -> Result<i64, StoreError> {
        self.work.events().last_sequence(app).await
    }

    async fn last_sequences(&mut self, apps: &[AppId]) -> Result<Vec<(AppId, i64)>, StoreError> {
        self.work.events().last_sequences(apps).await
    }

    async fn after(&mut self, app: AppId, sequence: i64, most: u32) -> Result<Vec<Event>, StoreError> {
        self.work.events().after(app, sequence, most).await
    }

    async fn forget(&mut self, app: AppId, before: Timestamp, most: u32) -> Result<usize, StoreError> {
        self.work.events().forget(app, before, most).await
    }
}
