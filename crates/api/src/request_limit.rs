//! How many requests an app may make of this process: a bucket of tokens for each app.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::AppId;
use tokio::time::Instant;

/// How much may be saved up: a second's worth of requests may come at one moment.
const BURST: Duration = Duration::from_secs(1);

/// A bucket for each app that has called, so their number is bounded by that of apps. Counted is what came with good
/// credentials: strangers use up nobody's requests.
pub(crate) struct RequestLimit {
    /// The time between two requests of one that keeps to the limit exactly.
    interval: Duration,
    /// When each app will have made up for the requests that it made. In the past, its bucket is full.
    even_at: Mutex<HashMap<AppId, Instant>>,
}

impl RequestLimit {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        Self {
            interval: BURST / per_second.get(),
            even_at: Mutex::default(),
        }
    }

    /// Counts a request that comes `now`; or says after how long one more would be taken, and counts nothing.
    pub(crate) fn take(&self, app: AppId, now: Instant) -> Result<(), Duration> {
        // One time is exchanged under this lock: nothing can be left half done.
        let mut even_at = self.even_at.lock().unwrap_or_else(PoisonError::into_inner);
        let even = even_at.entry(app).or_insert(now);
        let then = (*even).max(now) + self.interval;
        let ahead = then.duration_since(now);
        if let Some(wait) = ahead.checked_sub(BURST).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        *even = then;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: AppId = AppId::new(1);

    fn limit(per_second: u32) -> RequestLimit {
        RequestLimit::new(NonZeroU32::new(per_second).unwrap())
    }

    /// How many of `wanted` requests at that moment are taken.
    fn taken(limit: &RequestLimit, app: AppId, now: Instant, wanted: usize) -> usize {
        (0..wanted).filter(|_| limit.take(app, now).is_ok()).count()
    }

    #[test]
    fn a_seconds_worth_is_taken_at_one_moment_and_no_more() {
        let (limit, now) = (limit(7), Instant::now());
        assert_eq!(taken(&limit, APP, now, 20), 7);
        let later = now + Duration::from_secs(60);
        assert_eq!(
            taken(&limit, APP, later, 20),
            7,
            "no more is saved up in a minute"
        );
    }

    #[test]
    fn who_waits_as_told_is_taken() {
        let (limit, now) = (limit(4), Instant::now());
        assert_eq!(taken(&limit, APP, now, 4), 4);
        let wait = limit.take(APP, now).unwrap_err();
        assert_eq!(wait, Duration::from_millis(250));
        assert!(
            limit
                .take(APP, now + wait.saturating_sub(Duration::from_nanos(1)))
                .is_err()
        );
        assert_eq!(limit.take(APP, now + wait), Ok(()));
    }

    #[test]
    fn a_steady_caller_at_the_limit_is_never_refused() {
        let (limit, start) = (limit(1000), Instant::now());
        for n in 0..10_000 {
            assert_eq!(limit.take(APP, start + Duration::from_millis(n)), Ok(()));
        }
    }

    #[test]
    fn refused_requests_cost_nothing_and_apps_have_buckets_of_their_own() {
        let (limit, now) = (limit(2), Instant::now());
        assert_eq!(taken(&limit, APP, now, 1000), 2);
        assert_eq!(taken(&limit, AppId::new(2), now, 1000), 2);
        assert_eq!(taken(&limit, APP, now + Duration::from_millis(500), 2), 1);
    }
}
