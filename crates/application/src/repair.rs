//! Puts right what a crash left behind.

use domain::SessionId;
use ports::store::Session;

use crate::{AppError, Application};

/// What was put right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// The sessions that were stored as publishing, and whose publishers are gone.
    pub sessions: Vec<SessionId>,
}

impl Application {
    /// Takes every stored session for dead, as they are when the only process on a store starts: their keys and
    /// rooms come to the states that *ingest stopped* calls for. Belongs before readiness; running it again finds
    /// nothing to do.
    pub async fn repair(&self) -> Result<Repaired, AppError> {
        self.repair_those(|_| true).await
    }

    /// The same for the sessions of this process's own name alone: where others live on the same store.
    pub async fn repair_own(&self) -> Result<Repaired, AppError> {
        self.repair_those(|session| session.node == self.parts().node)
            .await
    }

    async fn repair_those(&self, dead: impl Fn(&Session) -> bool) -> Result<Repaired, AppError> {
        let stored = self.reading().await?.sessions().open().await?;
        let mut repaired = Repaired::default();
        for session in stored.into_iter().filter(dead) {
            self.write_gone(session.stream_key, session.id, None).await?;
            tracing::warn!(app = %session.app, session = %session.id, "a publisher was lost in a crash");
            repaired.sessions.push(session.id);
        }
        Ok(repaired)
    }
}
