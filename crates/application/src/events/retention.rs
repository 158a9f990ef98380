//! Forgets events that are older than they are kept, a few at a time.

use std::time::Duration;

use domain::{AppId, Timestamp};
use ports::store::PageRequest;
use tokio::time::{MissedTickBehavior, interval};

use crate::{AppError, Application};

/// How often the oldest events are looked at.
const TICK: Duration = Duration::from_secs(60);

/// How many events are forgotten in one unit of work.
const BATCH: u32 = 1000;

impl Application {
    pub(super) async fn retain_events(&self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = self.forget_events().await {
                tracing::warn!(error = %crate::error::chain(&error), "old events were not forgotten");
            }
        }
    }

    /// Forgets the events of all apps that are older than they are kept, and what became of telling them. Answers how
    /// many events.
    pub async fn forget_events(&self) -> Result<usize, AppError> {
        let apps = self.reading().await?.apps().list().await?;
        let mut forgotten = 0;
        for app in apps {
            forgotten += self.forget_events_of(app.id).await?;
            self.forget_deliveries_of(app.id).await?;
        }
        Ok(forgotten)
    }

    /// Before this nothing is kept.
    fn kept_since(&self) -> Timestamp {
        let kept = i64::try_from(self.parts().events_retention.as_micros()).unwrap_or(i64::MAX);
        self.parts().clock.now().plus_micros(-kept)
    }

    async fn forget_deliveries_of(&self, app: AppId) -> Result<(), AppError> {
        let before = self.kept_since();
        let newest = PageRequest { page: 0, size: 1 };
        if self.reading().await?.deliveries().list(app, newest).await?.total == 0 {
            return Ok(());
        }
        loop {
            let mut work = self.writing().await?;
            let count = work.deliveries().forget(app, before, BATCH).await?;
            work.commit().await?;
            if u32::try_from(count).is_ok_and(|count| count < BATCH) {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    async fn forget_events_of(&self, app: AppId) -> Result<usize, AppError> {
        let before = self.kept_since();
        let oldest = self.reading().await?.events().after(app, 0, 1).await?;
        if oldest.first().is_none_or(|event| event.occurred_at >= before) {
            return Ok(0);
        }
        let mut forgotten = 0;
        loop {
            let mut work = self.writing().await?;
            let count = work.events().forget(app, before, BATCH).await?;
            work.commit().await?;
            forgotten += count;
            if u32::try_from(count).is_ok_and(|count| count < BATCH) {
                return Ok(forgotten);
            }
            // Whoever else writes comes in between.
            tokio::task::yield_now().await;
        }
    }
}
