//! The keys of all apps, remembered for a few seconds: authentication costs no query, and whether a key is known can't
//! be told from the time that an answer takes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ApiKeyId;
use ports::store::ApiKey;
use tokio::task::JoinError;
use tokio::time::Instant;

use crate::{AppError, Application};

/// The oldest reading that opens anything. A key that another process revoked opens nothing after this.
pub(super) const OLDEST: Duration = Duration::from_secs(5);

/// The oldest reading that refuses anything. A key that another process issued opens after this; and however many
/// wrong ones are tried, the store is read no more often.
pub(super) const DOUBTED: Duration = Duration::from_millis(20);

/// From this age on the store is read again, while what is there is still used.
const AGEING: Duration = Duration::from_secs(2);

/// Every key that opens something.
pub(super) type KeyRing = Arc<HashMap<ApiKeyId, ApiKey>>;

/// What was read last, and how it is read anew.
#[derive(Default)]
pub(crate) struct Credentials {
    known: Mutex<Known>,
    /// Held while the store is read, so that many callers make one query.
    reading: tokio::sync::Mutex<()>,
    /// Whether somebody reads in the background.
    refreshing: AtomicBool,
}

#[derive(Default)]
struct Known {
    ring: Option<(KeyRing, Instant)>,
    forgettings: u64,
}

impl Credentials {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read, and how long ago.
    fn get(&self) -> Option<(KeyRing, Duration)> {
        self.known()
            .ring
            .as_ref()
            .map(|(ring, read_at)| (Arc::clone(ring), read_at.elapsed()))
    }
}

impl Application {
    /// The keys as they were read at most `age` ago.
    pub(super) async fn key_ring(&self, age: Duration) -> Result<KeyRing, AppError> {
        let credentials = &self.0.credentials;
        if let Some((ring, read)) = credentials.get().filter(|(_, read)| *read < age) {
            if read >= AGEING && !credentials.refreshing.swap(true, Ordering::Relaxed) {
                let application = self.clone();
                tokio::spawn(async move { application.refresh_credentials().await });
            }
            return Ok(ring);
        }
        // On a task of its own: whoever asks may be a stranger who hangs up, and a query that is left half-way costs its
        // connection to the store.
        let application = self.clone();
        let reading = tokio::spawn(async move { application.read_in_turn(age).await });
        match reading.await.map_err(JoinError::try_into_panic) {
            Ok(ring) => ring,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The runtime shuts down; whoever waits here is not polled again.
            Err(Err(_cancelled)) => std::future::pending().await,
        }
    }

    /// Reads the keys, unless somebody who came before has done so.
    async fn read_in_turn(&self, age: Duration) -> Result<KeyRing, AppError> {
        let credentials = &self.0.credentials;
        let _turn = credentials.reading.lock().await;
        match credentials.get() {
            Some((ring, read)) if read < age => Ok(ring),
            _ => self.read_credentials().await,
        }
    }

    /// Has the keys read anew before they are used again.
    pub(super) fn forget_credentials(&self) {
        let mut known = self.0.credentials.known();
        known.forgettings += 1;
        known.ring = None;
    }

    async fn refresh_credentials(&self) {
        let credentials = &self.0.credentials;
        {
            let _turn = credentials.reading.lock().await;
            if let Err(error) = self.read_credentials().await {
                tracing::debug!(error = %crate::error::chain(&error), "the keys of the apps were not read again");
            }
        }
        credentials.refreshing.store(false, Ordering::Relaxed);
    }

    async fn read_credentials(&self) -> Result<KeyRing, AppError> {
        let began = Instant::now();
        let forgettings = self.0.credentials.known().forgettings;
        let keys = self.reading().await?.apps().valid_keys().await?;
        let ring = Arc::new(
            keys.into_iter()
                .map(|key| (key.id.clone(), key))
                .collect::<HashMap<_, _>>(),
        );
        let mut known = self.0.credentials.known();
        if known.forgettings == forgettings {
            known.ring = Some((Arc::clone(&ring), began));
        }
        Ok(ring)
    }
}
