//! What time alone asks for: interrupted rooms are ended, old requests forgotten.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{AppError, Application};

/// How often interrupted rooms are looked for.
const ROOMS: Duration = Duration::from_secs(1);

/// How often old requests are.
const REQUESTS: Duration = Duration::from_secs(60);

impl Application {
    /// Does what time asks for, until it is dropped. Any number of processes may do so on one store.
    pub async fn run_upkeep(&self) {
        let (mut rooms, mut requests) = (every(ROOMS), every(REQUESTS));
        let auto_end_after = self.parts().auto_end_after;
        loop {
            let done = tokio::select! {
                _ = rooms.tick(), if auto_end_after.is_some() => {
                    self.end_interrupted(auto_end_after.unwrap_or(Duration::MAX)).await
                }
                _ = requests.tick() => self.forget_requests().await,
            };
            told(done);
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// The next time may go better: an outage of the store is told by whoever asks it for something.
fn told(done: Result<(), AppError>) {
    if let Err(error) = done {
        tracing::debug!(error = %crate::error::chain(&error), "the upkeep waits for its next time");
    }
}
