//! Sessions that are gone, held so that their media stays playable while their room is on air.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::StreamKeyId;
use ports::media::IngestSession;

/// The sessions of this process that are gone. To drop one is to let its media go.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<(StreamKeyId, Box<dyn IngestSession>)>>);

impl Kept {
    pub(super) fn keep(&self, key: StreamKeyId, session: Box<dyn IngestSession>) {
        self.lock().push((key, session));
    }

    /// The keys whose sessions are held, each once.
    pub(super) fn keys(&self) -> Vec<StreamKeyId> {
        self.lock()
            .iter()
            .map(|(key, _)| *key)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// Of the keys that were asked about, holds on to the sessions of those that are on air. A session that was
    /// kept after the asking stays until the next time.
    pub(super) fn retain(&self, asked: &[StreamKeyId], on_air: &[StreamKeyId]) {
        let over: Vec<_> = {
            let mut held = self.lock();
            held.extract_if(.., |(key, _)| asked.contains(key) && !on_air.contains(key))
                .collect()
        };
        drop(over);
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(StreamKeyId, Box<dyn IngestSession>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
