//! What an operator's `/readyz` says: which of the things that the platform needs are there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use api::Health;
use application::Application;
use async_trait::async_trait;
use tokio::task::AbortHandle;

/// How long the store has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How far a platform has come whose store was opened and migrated. A clone tells of the same platform.
#[derive(Clone)]
pub(crate) struct Readiness(Arc<State>);

struct State {
    application: Application,
    repaired: AtomicBool,
    ingest: OnceLock<AbortHandle>,
}

impl Readiness {
    /// Nothing is there yet but the store.
    pub(crate) fn new(application: Application) -> Self {
        Self(Arc::new(State {
            application,
            repaired: AtomicBool::new(false),
            ingest: OnceLock::new(),
        }))
    }

    /// What a crash left behind was put right.
    pub(crate) fn repaired(&self) {
        self.0.repaired.store(true, Ordering::Release);
    }

    /// Publishers are let in by this task, or would be if this process took any.
    pub(crate) fn listening(&self, ingest: AbortHandle) {
        // Said once, when the platform starts.
        let _ = self.0.ingest.set(ingest);
    }
}

#[async_trait]
impl Health for Readiness {
    async fn readiness(&self) -> api::Readiness {
        let storage = tokio::time::timeout(PATIENCE, self.0.application.ping()).await;
        // Migrations are applied before there is anything that could answer.
        api::Readiness::default()
            .with("storage", matches!(storage, Ok(Ok(()))))
            .with("migrations", true)
            .with("repair", self.0.repaired.load(Ordering::Acquire))
            .with(
                "media",
                self.0.ingest.get().is_some_and(|ingest| !ingest.is_finished()),
            )
    }
}
