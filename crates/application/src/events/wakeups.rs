//! Who waits for events of an app, and how far the app's events are known to have come.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::AppId;
use tokio::sync::{Notify, watch};

/// The number of the last event that is known of, for each app that somebody waits for. It never falls.
#[derive(Default)]
pub(crate) struct Wakeups {
    known: Mutex<HashMap<AppId, watch::Sender<i64>>>,
    look: Notify,
}

impl Wakeups {
    /// To be called before the store is read: what comes after that reading wakes whoever holds the receiver.
    pub(crate) fn subscribe(&self, app: AppId) -> watch::Receiver<i64> {
        let mut known = self.lock();
        known
            .entry(app)
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe()
    }

    /// An event of this number, and all before it, are there to be read.
    pub(crate) fn reached(&self, app: AppId, sequence: i64) {
        if let Some(known) = self.lock().get(&app) {
            known.send_if_modified(|last| {
                let later = sequence > *last;
                *last = sequence.max(*last);
                later
            });
        }
    }

    /// The apps that somebody waits for. Those that nobody does any more are let go of.
    pub(super) fn waited_for(&self) -> Vec<AppId> {
        let mut known = self.lock();
        known.retain(|_, sender| sender.receiver_count() > 0);
        known.keys().copied().collect()
    }

    pub(super) fn look(&self) {
        self.look.notify_one();
    }

    /// Waits for [`Wakeups::look`].
    pub(super) async fn looking(&self) {
        self.look.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AppId, watch::Sender<i64>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: AppId = AppId::new(1);

    #[tokio::test]
    async fn what_is_known_never_falls() {
        let wakeups = Wakeups::default();
        let mut receiver = wakeups.subscribe(APP);
        wakeups.reached(APP, 5);
        wakeups.reached(APP, 3);
        assert_eq!(*receiver.borrow_and_update(), 5);
        wakeups.reached(APP, 5);
        assert!(!receiver.has_changed().unwrap());
    }

    #[tokio::test]
    async fn an_app_that_nobody_waits_for_is_let_go_of() {
        let wakeups = Wakeups::default();
        let receiver = wakeups.subscribe(APP);
        assert_eq!(wakeups.waited_for(), [APP]);
        drop(receiver);
        assert_eq!(wakeups.waited_for(), []);
        wakeups.reached(APP, 1);
        assert!(wakeups.lock().is_empty());
    }
}
