//! Doing a request once, however often it is sent.
//!
//! What tells that a request was done is written with what it did, so both are there or neither. Of callers with one
//! key at the same moment one acts. In this process the others are told so at once; in another, the store grants the
//! key to one unit of work at a time, and its unique index has the last word.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{AppId, Timestamp};
use ports::store::{Claim, DoneRequest, UnitOfWork};

use crate::retry::retrying;
use crate::{AppError, Application, ErrorCode};

/// For how long a request that was done is known.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How many requests are forgotten in one transaction: others want to write too.
const FORGOTTEN_AT_A_TIME: u32 = 1_000;

/// The longest key that a request can have.
const LONGEST_KEY: usize = 255;

/// What makes a request one that is done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    key: String,
    fingerprint: [u8; 32],
}

impl Once {
    /// Takes the key that the app gave the request, 1 to 255 visible ASCII characters, and what tells it from any other
    /// request. `None` if that is no key.
    pub fn new(key: &[u8], fingerprint: [u8; 32]) -> Option<Self> {
        let fits = (1..=LONGEST_KEY).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        let key = std::str::from_utf8(key).ok().filter(|_| fits)?.to_owned();
        Some(Self { key, fingerprint })
    }
}

/// Who wants something done, and whether it is to be done once. An [`AppId`] alone is a call that is done as often as
/// it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The app that calls.
    pub app: AppId,
    /// Set if the call is to be done once.
    pub once: Option<Once>,
}

impl From<AppId> for Call {
    fn from(app: AppId) -> Self {
        Self { app, once: None }
    }
}

impl Call {
    /// Writes that the call is done, if it is to be done once; `resource` is the number of what it made or changed.
    /// Belongs before the events, which come last in a unit of work.
    pub(crate) async fn keep(
        &self,
        work: &mut dyn UnitOfWork,
        resource: i64,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let Some(once) = &self.once else {
            return Ok(());
        };
        let done = DoneRequest {
            app: self.app,
            key: once.key.clone(),
            fingerprint: once.fingerprint,
            resource,
            done_at: now,
        };
        Ok(work.requests().insert(&done).await?)
    }

    /// What the call did, if it was made before.
    async fn claim(&self, work: &mut dyn UnitOfWork, now: Timestamp) -> Result<Option<i64>, AppError> {
        let Some(once) = &self.once else {
            return Ok(None);
        };
        let kept = i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX);
        let since = now.plus_micros(-kept);
        match work.requests().claim(self.app, &once.key, since).await? {
            Claim::Granted => Ok(None),
            Claim::Refused => Err(in_progress()),
            Claim::Done(done) if done.fingerprint == once.fingerprint => Ok(Some(done.resource)),
            Claim::Done(_) => Err(AppError::new(
                ErrorCode::IdempotencyKeyReused,
                "this Idempotency-Key was used for another request; take a new one for each",
            )),
        }
    }
}

/// What became of a call.
pub(crate) enum Done<T> {
    /// It was done just now.
    Now(T),
    /// It was done before, to what has this number.
    Before(i64),
}

/// The calls to be done once that this process is doing.
#[derive(Default)]
pub(crate) struct InProgress(Mutex<HashSet<(AppId, String)>>);

impl InProgress {
    fn calls(&self) -> MutexGuard<'_, HashSet<(AppId, String)>> {
        // A set is whole before and after each change of it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a call is being done, unless it is already, until what is answered is dropped.
    fn begin(&self, call: &Call) -> Result<Option<Doing<'_>>, AppError> {
        let Some(once) = &call.once else {
            return Ok(None);
        };
        let key = (call.app, once.key.clone());
        if !self.calls().insert(key.clone()) {
            return Err(in_progress());
        }
        Ok(Some(Doing { calls: self, key }))
    }
}

struct Doing<'a> {
    calls: &'a InProgress,
    key: (AppId, String),
}

impl Drop for Doing<'_> {
    fn drop(&mut self) {
        self.calls.calls().remove(&self.key);
    }
}

fn in_progress() -> AppError {
    AppError::new(
        ErrorCode::IdempotencyKeyInProgress,
        "the request of this Idempotency-Key is still being worked on; try again",
    )
}

impl Application {
    /// Does a call, or tells what it did before. Runs `attempt`, which must [keep](Call::keep) the call, again when
    /// others get in between. A refusal changes nothing, so nothing of it is kept.
    pub(crate) async fn once<T, Attempt, Running>(
        &self,
        call: &Call,
        attempt: Attempt,
    ) -> Result<Done<T>, AppError>
    where
        Attempt: Fn(Box<dyn UnitOfWork>) -> Running,
        Running: Future<Output = Result<T, AppError>>,
    {
        let _doing = self.0.in_progress.begin(call)?;
        retrying(|| async {
            let mut work = self.writing().await?;
            match call.claim(work.as_mut(), self.parts().clock.now()).await? {
                Some(resource) => {
                    // Ended here, not some time after it is dropped: the same request may come again at once.
                    work.commit().await?;
                    Ok(Done::Before(resource))
                }
                None => attempt(work).await.map(Done::Now),
            }
        })
        .await
    }

    /// The same for a call that changes nothing: only its key is kept.
    pub(crate) async fn once_without_change(&self, call: &Call) -> Result<(), AppError> {
        if call.once.is_some() {
            self.once(call, |work| self.keep_alone(call, work)).await?;
        }
        Ok(())
    }

    async fn keep_alone(&self, call: &Call, mut work: Box<dyn UnitOfWork>) -> Result<(), AppError> {
        call.keep(work.as_mut(), call.app.get(), self.parts().clock.now())
            .await?;
        Ok(work.commit().await?)
    }

    /// Forgets the requests that were done too long ago.
    pub(crate) async fn forget_requests(&self) -> Result<(), AppError> {
        let kept = i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX);
        loop {
            let before = self.parts().clock.now().plus_micros(-kept);
            let mut work = self.writing().await?;
            let forgotten = work.requests().forget(before, FORGOTTEN_AT_A_TIME).await?;
            work.commit().await?;
            if u32::try_from(forgotten).is_ok_and(|forgotten| forgotten < FORGOTTEN_AT_A_TIME) {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Once;

    #[test]
    fn a_key_is_1_to_255_visible_ascii_characters() {
        for key in [
            "k",
            "!~",
            "8e03978e-40d5-43dd-bc93-6894a57f9324",
            &"k".repeat(255),
        ] {
            assert!(Once::new(key.as_bytes(), [0; 32]).is_some(), "{key}");
        }
        for key in ["", " ", "a b", "ä", "a\u{7f}", &"k".repeat(256)] {
            assert!(Once::new(key.as_bytes(), [0; 32]).is_none(), "{key:?}");
        }
    }
}
