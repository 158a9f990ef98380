//! Who tells which app: of all processes on a store exactly one each, held by a lease that is beaten on.
//!
//! No clock is compared with another process's: a holder counts its lease up, and whoever sees the count stand still for
//! long enough by its own clock takes the lease over, by compare-and-set.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::AppId;
use ports::store::CallbackLease;
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::changed;
use super::worker::Worker;
use crate::{AppError, Application};

/// How often a holder says that it lives, and the others look.
const BEAT: Duration = Duration::from_secs(3);

/// A holder that says nothing for so long is dead.
const SILENCE: Duration = Duration::from_secs(9);

/// How many notifications this process sends at a time.
const MOST_SENDING: usize = 512;

impl Application {
    /// Tells apps of their events, as far as no other process does. Runs for ever; when it is dropped, nothing more is
    /// sent. [`Application::release_callbacks`] then hands them over at once.
    pub async fn run_callbacks(&self) {
        let mut relay = Relay::new(self.clone());
        let mut changes = self.0.callback_changes.subscribe();
        let mut tick = interval(BEAT);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = changed(&mut changes) => {}
            }
            if let Err(error) = relay.round().await {
                tracing::debug!(error = %crate::error::chain(&error), "the store was not asked who tells apps");
            }
        }
    }

    /// Lets other processes tell the apps that this one told.
    pub async fn release_callbacks(&self) -> Result<(), AppError> {
        let mut work = self.writing().await?;
        work.callbacks().release(&self.0.incarnation).await?;
        Ok(work.commit().await?)
    }
}

struct Relay {
    application: Application,
    /// The leases of others, and since when they have stood still.
    others: HashMap<AppId, (CallbackLease, Instant)>,
    workers: HashMap<AppId, AbortHandle>,
    running: JoinSet<()>,
    sending: Arc<Semaphore>,
    begun: bool,
}

impl Relay {
    fn new(application: Application) -> Self {
        Self {
            application,
            others: HashMap::new(),
            workers: HashMap::new(),
            running: JoinSet::new(),
            sending: Arc::new(Semaphore::new(MOST_SENDING)),
            begun: false,
        }
    }

    fn me(&self) -> &str {
        &self.application.0.incarnation
    }

    async fn round(&mut self) -> Result<(), AppError> {
        let leases = self.application.reading().await?.callbacks().leases().await?;
        let now = Instant::now();
        let mut mine: HashSet<AppId> = leases
            .iter()
            .filter(|lease| lease.holder.as_deref() == Some(self.me()))
            .map(|lease| lease.app)
            .collect();
        let free: Vec<CallbackLease> = leases
            .iter()
            .filter(|lease| !mine.contains(&lease.app) && self.is_free(lease, now))
            .cloned()
            .collect();
        self.begun = true;
        self.others
            .retain(|app, _| leases.iter().any(|lease| lease.app == *app));
        if !(mine.is_empty() && free.is_empty()) {
            let me = self.me();
            let mut work = self.application.writing().await?;
            let mut taken = Vec::new();
            work.callbacks().beat(me).await?;
            for lease in &free {
                if work.callbacks().take(lease, me).await? {
                    taken.push(lease.app);
                }
            }
            work.commit().await?;
            mine.extend(taken);
        }
        self.employ(&mine);
        Ok(())
    }

    /// Whether nobody holds this lease who lives, as far as this process can tell.
    fn is_free(&mut self, lease: &CallbackLease, now: Instant) -> bool {
        let Some(holder) = &lease.holder else {
            return true;
        };
        // A process has its name to itself: whoever held it before this one began is gone.
        let before = holder
            .strip_prefix(self.application.parts().node.as_str())
            .is_some_and(|rest| rest.starts_with('#'));
        if before && !self.begun {
            return true;
        }
        match self.others.get(&lease.app) {
            Some((seen, since)) if seen == lease => now.duration_since(*since) >= SILENCE,
            _ => {
                self.others.insert(lease.app, (lease.clone(), now));
                false
            }
        }
    }

    /// Has exactly these apps told.
    fn employ(&mut self, mine: &HashSet<AppId>) {
        while let Some(ended) = self.running.try_join_next() {
            if let Err(error) = ended
                && !error.is_cancelled()
            {
                tracing::error!(%error, "telling an app failed");
            }
        }
        self.workers.retain(|app, worker| {
            let stays = mine.contains(app) && !worker.is_finished();
            if !stays {
                worker.abort();
            }
            stays
        });
        for app in mine {
            if !self.workers.contains_key(app) {
                let worker = Worker::new(self.application.clone(), *app, Arc::clone(&self.sending));
                let handle = self.running.spawn(worker.run());
                self.workers.insert(*app, handle);
            }
        }
    }
}
