//! Events: the feed that apps read, what wakes those who wait for it, and its retention.

mod feed;
mod retention;
mod wakeups;
mod watched;

pub use feed::{Feed, FeedSignal};
pub(crate) use wakeups::Wakeups;
pub(crate) use watched::Watched;

use std::time::Duration;

use domain::AppId;
use tokio::time::{MissedTickBehavior, interval};

use crate::{AppError, Application};

/// How often the store is asked what other processes have committed.
const TICK: Duration = Duration::from_millis(500);

impl Application {
    /// Tells those who wait what other processes have committed, twice a second, and forgets old events. Runs for
    /// ever; may be dropped at any time.
    pub async fn run_events(&self) {
        tokio::join!(self.follow_others(), self.retain_events());
    }

    /// Has the store asked at once for what other processes have committed: for whoever learns by another way that
    /// there is something.
    pub fn look_for_events(&self) {
        self.wakeups().look();
    }

    async fn follow_others(&self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.wakeups().looking() => {}
            }
            let waited_for = self.wakeups().waited_for();
            if let Err(error) = self.look_at(&waited_for).await {
                tracing::debug!(error = %crate::error::chain(&error), "the store was not asked for events");
            }
        }
    }

    async fn look_at(&self, apps: &[AppId]) -> Result<(), AppError> {
        if apps.is_empty() {
            return Ok(());
        }
        let reached = self.reading().await?.events().last_sequences(apps).await?;
        for (app, sequence) in reached {
            self.wakeups().reached(app, sequence);
        }
        Ok(())
    }

    fn wakeups(&self) -> &Wakeups {
        &self.0.wakeups
    }
}
