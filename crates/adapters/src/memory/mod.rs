//! Storage in memory: for tests, and for trying the platform out. Everything is gone with the process.
//!
//! What is committed is an immutable snapshot behind a pointer. A unit of work that writes has a copy-on-write snapshot
//! of its own, one at a time; committing puts it in the place of the other, dropping it forgets it.

mod apps;
mod callbacks;
mod deliveries;
mod events;
mod ingest_health;
mod members;
mod nodes;
mod requests;
mod sessions;
mod settings;
mod stream_keys;
mod tables;
mod video_rooms;
mod whitelist;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ports::store::{Intent, StoreError};
use tokio::sync::OwnedMutexGuard;

use self::tables::Tables;
use crate::repositories::is_every_repository;

/// How long a unit of work waits for its turn to write.
const TURN: Duration = Duration::from_secs(5);

/// A store in memory. Clones are the same store.
#[derive(Clone, Default)]
pub struct Store {
    committed: Arc<Mutex<Arc<Tables>>>,
    writing: Arc<tokio::sync::Mutex<()>>,
}

impl Store {
    fn committed(&self) -> MutexGuard<'_, Arc<Tables>> {
        // Only a pointer is exchanged under this lock: nothing can be left half done.
        self.committed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ports::store::Store for Store {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn ports::store::UnitOfWork>, StoreError> {
        let own = match intent {
            Intent::Read => None,
            Intent::Write => {
                let turn = tokio::time::timeout(TURN, Arc::clone(&self.writing).lock_owned())
                    .await
                    .map_err(StoreError::unavailable)?;
                Some((Arc::clone(&self.committed()), turn))
            }
        };
        Ok(Box::new(UnitOfWork {
            store: self.clone(),
            own,
        }))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

struct UnitOfWork {
    store: Store,
    /// What this unit of work sees and changes, and its turn to write.
    own: Option<(Arc<Tables>, OwnedMutexGuard<()>)>,
}

impl UnitOfWork {
    /// What there is to read at this moment.
    fn tables(&self) -> Arc<Tables> {
        match &self.own {
            Some((tables, _turn)) => Arc::clone(tables),
            None => Arc::clone(&self.store.committed()),
        }
    }

    /// What there is to change.
    fn tables_mut(&mut self) -> Result<&mut Tables, StoreError> {
        match &mut self.own {
            Some((tables, _turn)) => Ok(Arc::make_mut(tables)),
            None => Err(StoreError::unavailable("a unit of work that reads can't write")),
        }
    }
}

#[async_trait]
impl ports::store::UnitOfWork for UnitOfWork {
    is_every_repository!();

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        if let Some((tables, _turn)) = self.own {
            *self.store.committed() = tables;
        }
        Ok(())
    }
}
