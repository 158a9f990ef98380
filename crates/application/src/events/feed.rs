//! Reads the feed of an app, and waits for it to go on.

use domain::AppId;
use ports::store::Event;
use tokio::sync::watch;

use crate::{AppError, Application, ErrorCode};

/// How many events are read at a time.
const PAGE: u32 = 1000;

/// A stretch of an app's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// What happened, in order, without a gap.
    pub events: Vec<Event>,
    /// After which number to go on.
    pub next: i64,
}

/// Wakes whoever waits for events of an app. Holds no connection to the store.
#[derive(Debug)]
pub struct FeedSignal {
    last: watch::Receiver<i64>,
    /// The last event that there was when this woke somebody, and behind which number those wanted one.
    woken: Option<(i64, i64)>,
}

impl FeedSignal {
    fn new(last: watch::Receiver<i64>) -> Self {
        Self { last, woken: None }
    }

    /// Waits until an event behind that number is there to be read. Who asks again with the same number found none, since it
    /// was forgotten, or the store lost it: that one waits for the next.
    pub async fn beyond(&mut self, sequence: i64) {
        let woken = self.woken;
        let is_news = |last: &i64| *last > sequence && woken != Some((*last, sequence));
        let Ok(last) = self.last.wait_for(is_news).await.map(|last| *last) else {
            // Nobody is left who could tell.
            return std::future::pending().await;
        };
        self.woken = Some((last, sequence));
    }
}

impl Application {
    /// What wakes whoever waits for events of the app. To be asked for before the feed is read, so that nothing is
    /// missed in between.
    pub fn feed_signal(&self, app: AppId) -> FeedSignal {
        FeedSignal::new(self.wakeups().subscribe(app))
    }

    /// The events of the app that come after that number, 1,000 at most; without a number, from the oldest that is
    /// kept.
    ///
    /// # Errors
    /// `EVENTS_EXPIRED` when events behind that number are not kept any more, `INVALID_REQUEST_PARAMETER` for a number
    /// that no event has had yet.
    pub async fn feed(&self, app: AppId, after: Option<i64>) -> Result<Feed, AppError> {
        let mut work = self.reading().await?;
        // In this order: whatever is missing up to `last` was forgotten, not yet to come.
        let last = work.events().last_sequence(app).await?;
        let begin = after.unwrap_or(0);
        if begin > last {
            return Err(AppError::new(
                ErrorCode::InvalidRequestParameter,
                format!("after must be the number of an event, and the last one has {last}"),
            ));
        }
        let events = work.events().after(app, begin, PAGE).await?;
        let follows = events
            .first()
            .map_or(begin == last, |first| first.sequence == begin + 1);
        if after.is_some() && !follows {
            return Err(expired(events.first()));
        }
        let next = events.last().map_or(last, |event| event.sequence);
        Ok(Feed { events, next })
    }
}

fn expired(oldest: Option<&Event>) -> AppError {
    let message = match oldest {
        Some(oldest) => format!(
            "events before {} are not kept any more; go on after {}, or without after",
            oldest.sequence,
            oldest.sequence - 1
        ),
        None => "these events are not kept any more; go on without after".to_owned(),
    };
    AppError::new(ErrorCode::EventsExpired, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn wakes(signal: &mut FeedSignal, behind: i64) -> bool {
        timeout(Duration::from_secs(1), signal.beyond(behind))
            .await
            .is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn who_found_nothing_is_not_woken_again_for_the_same() {
        let store = watch::Sender::new(7);
        let mut signal = FeedSignal::new(store.subscribe());
        assert!(!wakes(&mut signal, 7).await);
        assert!(wakes(&mut signal, 3).await);
        assert!(!wakes(&mut signal, 3).await, "it found nothing");
        assert!(wakes(&mut signal, 5).await, "it found some, and wants the rest");
        assert!(!wakes(&mut signal, 5).await);
        store.send_replace(8);
        assert!(wakes(&mut signal, 5).await);
    }
}
