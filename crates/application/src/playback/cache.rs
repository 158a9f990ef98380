//! What playback ids lead to, remembered: a hit while it is fresh and, when the store is silent, longer; a miss for
//! a second, so that guessing ids costs the store little.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{PlaybackId, StreamKeyId};
use ports::store::Playback;
use tokio::time::Instant;

/// How long an answer of the store is taken as it is.
const FRESH: Duration = Duration::from_secs(1);

/// How many misses are remembered at most.
const MOST_MISSES: usize = 10_000;

#[derive(Default)]
pub(crate) struct Cache(Mutex<Known>);

#[derive(Default)]
struct Known {
    hits: HashMap<PlaybackId, Hit>,
    misses: HashMap<PlaybackId, Instant>,
    forgettings: u64,
}

struct Hit {
    playback: Playback,
    fresh_until: Instant,
}

/// The store said lately that an id leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Miss;

/// When a read of the store began, by the count of what was forgotten until then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading(u64);

impl Cache {
    /// What is known: `None` when the store must be asked, `Some(Err)` for a miss. Of many who meet an answer that is no longer fresh, one
    /// is sent to the store, and the others take what is there meanwhile.
    pub(super) fn get(&self, id: &PlaybackId) -> Option<Result<Playback, Miss>> {
        let now = Instant::now();
        let mut known = self.lock();
        if let Some(hit) = known.hits.get_mut(id) {
            if hit.fresh_until > now {
                return Some(Ok(hit.playback.clone()));
            }
            hit.fresh_until = now + FRESH;
            return None;
        }
        known
            .misses
            .get(id)
            .is_some_and(|until| *until > now)
            .then_some(Err(Miss))
    }

    /// What was known last, however old.
    pub(super) fn last_known(&self, id: &PlaybackId) -> Option<Playback> {
        self.lock().hits.get(id).map(|hit| hit.playback.clone())
    }

    /// To be called before the store is read.
    pub(super) fn reading(&self) -> Reading {
        Reading(self.lock().forgettings)
    }

    /// Remembers what the store said, unless something was forgotten since the reading began: it may be old.
    pub(super) fn put(&self, id: &PlaybackId, found: Option<Playback>, reading: Reading) {
        let fresh_until = Instant::now() + FRESH;
        let mut known = self.lock();
        if known.forgettings != reading.0 {
            return;
        }
        if let Some(playback) = found {
            known.misses.remove(id);
            known.hits.insert(
                id.clone(),
                Hit {
                    playback,
                    fresh_until,
                },
            );
            return;
        }
        known.hits.remove(id);
        if known.misses.len() >= MOST_MISSES {
            let now = Instant::now();
            known.misses.retain(|_, until| *until > now);
        }
        if known.misses.len() < MOST_MISSES {
            known.misses.insert(id.clone(), fresh_until);
        }
    }

    pub(super) fn forget(&self, id: &PlaybackId) {
        let mut known = self.lock();
        known.forgettings += 1;
        known.hits.remove(id);
        known.misses.remove(id);
    }

    pub(super) fn forget_of(&self, key: StreamKeyId) {
        let mut known = self.lock();
        known.forgettings += 1;
        known.hits.retain(|_, hit| match &hit.playback {
            Playback::Room { key: of, .. } | Playback::Preview { key: of, .. } => *of != key,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::{AppId, MemberId, SessionId, StreamKeyId};

    use super::*;

    fn id(n: usize) -> PlaybackId {
        PlaybackId::parse(&format!("{n:032x}")).unwrap()
    }

    fn preview(session: i64) -> Playback {
        Playback::Preview {
            app: AppId::new(1),
            member: MemberId::new(1),
            key: StreamKeyId::new(1),
            session: SessionId::new(session),
            holder: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hit_is_fresh_for_a_second_then_one_asks_and_the_others_take_it_as_it_was() {
        let cache = Cache::default();
        assert_eq!(cache.get(&id(1)), None);
        cache.put(&id(1), Some(preview(1)), cache.reading());
        assert_eq!(cache.get(&id(1)), Some(Ok(preview(1))));
        tokio::time::advance(FRESH).await;
        assert_eq!(cache.get(&id(1)), None);
        assert_eq!(cache.get(&id(1)), Some(Ok(preview(1))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_miss_is_remembered_for_a_second() {
        let cache = Cache::default();
        cache.put(&id(1), None, cache.reading());
        assert_eq!(cache.get(&id(1)), Some(Err(Miss)));
        tokio::time::advance(FRESH).await;
        assert_eq!(cache.get(&id(1)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_read_before_a_forgetting_is_not_remembered() {
        let cache = Cache::default();
        let reading = cache.reading();
        cache.forget(&id(1));
        cache.put(&id(1), Some(preview(1)), reading);
        assert_eq!(cache.get(&id(1)), None);
        assert_eq!(cache.last_known(&id(1)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn guessing_ids_does_not_fill_the_memory() {
        let cache = Cache::default();
        for n in 0..MOST_MISSES + 100 {
            cache.put(&id(n), None, cache.reading());
        }
        assert_eq!(cache.lock().misses.len(), MOST_MISSES);
        tokio::time::advance(FRESH).await;
        cache.put(&id(0), None, cache.reading());
        assert_eq!(cache.lock().misses.len(), 1);
    }
}
