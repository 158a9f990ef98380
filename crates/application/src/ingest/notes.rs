//! Noting how this process's publishers are doing, for the other processes on the store.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{SessionId, Timestamp};
use ports::media::Health;
use tokio::time::{MissedTickBehavior, interval};

use crate::{AppError, Application};

/// How often what has changed is noted.
const NOTED: Duration = Duration::from_secs(4);

/// After what time it is noted again, changed or not.
const AGAIN: Duration = Duration::from_secs(12);

/// What is older than this says nothing any more: its process is gone, or does not reach the store.
pub(crate) const STALE: Duration = Duration::from_secs(30);

/// After what time whoever notes something forgets it.
const FORGOTTEN: Duration = Duration::from_secs(120);

/// The sessions of this process, with what was noted of each, and when.
#[derive(Default)]
pub(crate) struct Notes(Mutex<HashMap<SessionId, Option<(Health, Timestamp)>>>);

impl Notes {
    /// A session begins here.
    pub(super) fn begin(&self, session: SessionId) {
        self.lock().insert(session, None);
    }

    /// A session is over.
    pub(super) fn end(&self, session: SessionId) {
        self.lock().remove(&session);
    }

    /// The sessions whose health has something new to say `now`.
    fn news(&self, health: impl Fn(SessionId) -> Option<Health>, now: Timestamp) -> Vec<(SessionId, Health)> {
        let noted = self.lock();
        let news = noted.iter().filter_map(|(session, noted)| {
            let health = rounded(health(*session)?);
            let is_known = noted
                .as_ref()
                .is_some_and(|(noted, at)| *noted == health && since(*at, now) < AGAIN);
            (!is_known).then_some((*session, health))
        });
        news.collect()
    }

    fn noted(&self, news: Vec<(SessionId, Health)>, now: Timestamp) {
        let mut noted = self.lock();
        for (session, health) in news {
            // Unless it is over meanwhile.
            if let Some(place) = noted.get_mut(&session) {
                *place = Some((health, now));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Option<(Health, Timestamp)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Application {
    /// Notes how the publishers of this process are doing over and over, if others want to know: in one unit of work for
    /// all of them.
    pub(super) async fn keep_noting(&self) {
        if !self.parts().shares_store {
            return std::future::pending().await;
        }
        let mut ticks = interval(NOTED);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.try_note_health().await {
                tracing::debug!(error = %crate::error::chain(&error), "the health of publishers was not noted");
            }
        }
    }

    async fn try_note_health(&self) -> Result<(), AppError> {
        let now = self.parts().clock.now();
        let notes = &self.0.notes;
        let news = notes.news(|session| self.parts().media.health(session), now);
        if news.is_empty() {
            return Ok(());
        }
        let mut work = self.writing().await?;
        for (session, health) in &news {
            work.ingest_health().note(*session, health, now).await?;
        }
        work.ingest_health().forget(before(now, FORGOTTEN)).await?;
        work.commit().await?;
        notes.noted(news, now);
        Ok(())
    }
}

/// Without what changes at every look and tells nobody anything.
fn rounded(health: Health) -> Health {
    Health {
        bitrate: health.bitrate.map(|bitrate| bitrate / 10_000 * 10_000),
        frame_rate: health.frame_rate.map(|rate| (rate + 50) / 100 * 100),
        latency: health.latency.map(|latency| ports::media::Latency {
            p50: hundredths(latency.p50),
            p95: hundredths(latency.p95),
        }),
        ..health
    }
}

/// Whole hundredths of a second.
fn hundredths(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis() / 10 * 10).unwrap_or(u64::MAX))
}

/// Time passed from one moment to a later one.
pub(crate) fn since(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(later.micros().saturating_sub(earlier.micros())).unwrap_or(0))
}

fn before(now: Timestamp, duration: Duration) -> Timestamp {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.micros().saturating_sub(micros))
}
