//! The publishers of this process: which there are, and how the store is told and tells of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{SessionId, StreamKeyId};
use tokio::sync::Notify;

/// The sessions that are followed, each in its place.
#[derive(Default)]
pub(crate) struct Followed(Mutex<HashMap<SessionId, Entry>>);

struct Entry {
    key: StreamKeyId,
    taken: Arc<Notify>,
}

/// A session's place, given back when dropped.
pub(super) struct Place<'a> {
    followed: &'a Followed,
    session: SessionId,
    taken: Arc<Notify>,
}

impl Followed {
    /// Enters a session that is in the store.
    pub(super) fn enter(&self, session: SessionId, key: StreamKeyId) -> Place<'_> {
        let taken = Arc::new(Notify::new());
        let entry = Entry {
            key,
            taken: Arc::clone(&taken),
        };
        self.lock().insert(session, entry);
        Place {
            followed: self,
            session,
            taken,
        }
    }

    /// Every session that is followed at the moment.
    pub(super) fn all(&self) -> Vec<SessionId> {
        self.lock().keys().copied().collect()
    }

    /// The store says that this session is gone, and it is not.
    pub(super) fn was_taken(&self, session: SessionId) {
        if let Some(entry) = self.lock().get(&session) {
            entry.taken.notify_one();
        }
    }

    /// The key that a session publishes with.
    pub(super) fn key_of(&self, session: SessionId) -> Option<StreamKeyId> {
        self.lock().get(&session).map(|entry| entry.key)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Waits until the store says that the session is gone.
    pub(super) async fn taken(&self) {
        self.taken.notified().await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.followed.lock().remove(&self.session);
    }
}
