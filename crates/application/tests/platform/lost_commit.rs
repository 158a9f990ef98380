//! A store that commits, and whose answer to that is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use ports::store::{
    AppRepository, CallbackRepository, DeliveryRepository, EventLog, IngestHealthRepository, Intent,
    MemberRepository, NodeRepository, RequestRepository, SessionRepository, SettingRepository, Store,
    StoreError, StreamKeyRepository, UnitOfWork, VideoRoomRepository, WhitelistRepository,
};

/// How the answer to a commit is lost.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lost {
    /// The connection breaks.
    Broken,
    /// It never comes.
    Late,
}

/// Loses the answer to one commit when it is told to.
pub(crate) struct LosesAnswer {
    store: Arc<dyn Store>,
    how: Lost,
    next: Arc<AtomicBool>,
}

impl LosesAnswer {
    pub(crate) fn of(store: Arc<dyn Store>, how: Lost) -> Self {
        Self {
            store,
            how,
            next: Arc::default(),
        }
    }

    /// The answer to the next commit is lost.
    pub(crate) fn loses_the_next(&self) {
        self.next.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl Store for LosesAnswer {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(Work {
            inner: self.store.begin(intent).await?,
            how: self.how,
            next: Arc::clone(&self.next),
        }))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}

struct Work {
    inner: Box<dyn UnitOfWork>,
    how: Lost,
    next: Arc<AtomicBool>,
}

macro_rules! delegated {
    ($($name:ident $repository:ident,)+) => {$(
        fn $name(&mut self) -> &mut dyn $repository {
            self.inner.$name()
        }
    )+};
}

#[async_trait]
impl UnitOfWork for Work {
    delegated! {
        apps AppRepository,
        members MemberRepository,
        stream_keys StreamKeyRepository,
        video_rooms VideoRoomRepository,
        whitelist WhitelistRepository,
        sessions SessionRepository,
        nodes NodeRepository,
        ingest_health IngestHealthRepository,
        settings SettingRepository,
        requests RequestRepository,
        events EventLog,
        callbacks CallbackRepository,
        deliveries DeliveryRepository,
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.commit().await?;
        if !self.next.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        match self.how {
            Lost::Broken => Err(StoreError::OutcomeUnknown("the answer was lost".into())),
            Lost::Late => std::future::pending().await,
        }
    }
}
