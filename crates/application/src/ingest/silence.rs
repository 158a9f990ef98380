//! Whether the publisher that holds a key still speaks: heard here, or noted in its session's row by the process that
//! holds it.

use std::time::Duration;

use domain::SessionId;
use ports::media::Silence;
use ports::store::UnitOfWork;
use tokio::time::{Instant, sleep};

use crate::{AppError, Application};

/// How long a publisher may be silent before another takes its key over. Shorter than a verdict may take, so that the
/// takeover itself still has time.
pub(super) const PATIENCE: Duration = Duration::from_millis(4500);

/// A silence of this length is noted for the other processes.
const NOTED: Duration = Duration::from_secs(1);

/// How often a process listens to its publishers.
pub(super) const LISTEN: Duration = Duration::from_millis(500);

/// By then a silence that was there would have been noted, if its process is alive.
const HEARING: Duration = Duration::from_secs(2);

/// How often the row of another process's session is looked at.
const LOOK: Duration = Duration::from_millis(100);

impl Application {
    /// Waits until it is known whether the publisher of a session still speaks, wherever it is.
    pub(super) async fn await_silence(&self, holder: SessionId) -> Result<Silence, AppError> {
        let asked = Instant::now();
        let mut was_silent = false;
        loop {
            let Some(standing) = self.reading().await?.sessions().standing(holder).await? else {
                return Ok(Silence::Gone);
            };
            if standing.node == self.parts().node {
                return Ok(self.parts().media.await_silence(holder, PATIENCE).await);
            }
            if standing.orphaned {
                // Who may not judge waits for those who may.
                if self.may_judge() {
                    return Ok(Silence::Silent);
                }
            } else {
                match standing.silent_for {
                    Some(silent_for) if silent_for >= PATIENCE => return Ok(Silence::Silent),
                    Some(_) => was_silent = true,
                    None if was_silent || asked.elapsed() >= HEARING => return Ok(Silence::Spoke),
                    None => {}
                }
            }
            sleep(LOOK).await;
        }
    }

    /// Whether a session that was found silent still is, as far as the store can say: asked in the transaction that
    /// takes its key over.
    pub(super) async fn is_free_to_take(
        &self,
        work: &mut dyn UnitOfWork,
        silent: SessionId,
    ) -> Result<bool, AppError> {
        Ok(match work.sessions().standing(silent).await? {
            Some(standing) if standing.node == self.parts().node => true,
            Some(standing) if standing.orphaned => self.may_judge(),
            Some(standing) => standing.silent_for.is_some_and(|time| time >= PATIENCE),
            None => false,
        })
    }

    /// Notes in the store which publishers of this process have fallen silent, and which speak again. For ever; where a
    /// store has one process there is nobody to tell.
    pub(super) async fn keep_listening(&self) {
        if self.parts().membership.is_none() {
            return std::future::pending().await;
        }
        let mut noted = Vec::new();
        loop {
            sleep(LISTEN).await;
            if let Err(error) = self.note_silence(&mut noted).await {
                tracing::debug!(error = %crate::error::chain(&error), "a silence is not noted yet");
            }
        }
    }

    /// `noted` are the sessions whose silence is in the store.
    async fn note_silence(&self, noted: &mut Vec<SessionId>) -> Result<(), AppError> {
        let media = &self.parts().media;
        let silent: Vec<_> = self
            .followed()
            .all()
            .into_iter()
            .filter_map(|session| Some((session, media.silent_for(session)?)))
            .filter(|(_, silent_for)| *silent_for >= NOTED)
            .collect();
        let is_silent = |session| silent.iter().any(|(silent, _)| *silent == session);
        let fallen = silent.iter().filter(|(session, _)| !noted.contains(session));
        let fallen: Vec<_> = fallen.map(|(session, time)| (*session, Some(*time))).collect();
        let speak = noted.iter().filter(|session| !is_silent(**session));
        let speak: Vec<_> = speak.map(|session| (*session, None)).collect();
        if fallen.is_empty() && speak.is_empty() {
            return Ok(());
        }
        let mut work = self.writing().await?;
        for (session, silent_for) in fallen.into_iter().chain(speak) {
            work.sessions().note_silence(session, silent_for).await?;
        }
        work.commit().await?;
        *noted = silent.into_iter().map(|(session, _)| session).collect();
        Ok(())
    }
}
