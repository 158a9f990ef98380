//! Tells one app of its events: makes deliveries of them, and sends those that are due.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::{AppId, DeliveryState, DomainEvent, Timestamp};
use ports::Notification;
use ports::store::{Callback, Delivery, Event, UnitOfWork};
use tokio::sync::{Semaphore, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::sleep;

use super::backoff::after;
use super::changed;
use crate::{AppError, Application, FeedSignal};

/// How many notifications of one app are sent at a time.
const MOST_SENDING: usize = 8;

/// How many events become deliveries in one unit of work.
const BATCH: u32 = 200;

/// How many deliveries of an app may be pending, until no more are made of its events. These wait in the feed.
const MOST_PENDING: u64 = 10_000;

/// How long to wait until one looks again: while something is pending, and while nothing is.
const SOON: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(5);

pub(super) struct Worker {
    application: Application,
    app: AppId,
    sending: Arc<Semaphore>,
    events: FeedSignal,
    changes: watch::Receiver<()>,
    attempts: JoinSet<Delivery>,
    /// The lanes that have something on its way.
    lanes: HashMap<Id, i64>,
}

/// What there is left to do.
struct Rest {
    /// The number of the last event that has a delivery.
    cursor: i64,
    pending: bool,
    /// Whether more events may become deliveries.
    room: bool,
}

impl Worker {
    pub(super) fn new(application: Application, app: AppId, sending: Arc<Semaphore>) -> Self {
        Self {
            events: application.feed_signal(app),
            changes: application.0.callback_changes.subscribe(),
            application,
            app,
            sending,
            attempts: JoinSet::new(),
            lanes: HashMap::new(),
        }
    }

    /// Runs until the app has no callback any more.
    pub(super) async fn run(mut self) {
        loop {
            let rest = match self.round().await {
                Ok(Some(rest)) => rest,
                Ok(None) => return,
                Err(error) => {
                    let error = crate::error::chain(&error);
                    tracing::warn!(app = %self.app, %error, "an app can't be told of its events now");
                    sleep(SOON).await;
                    continue;
                }
            };
            self.wait(&rest).await;
        }
    }

    /// Waits until there may be something to do, and notes what was done.
    async fn wait(&mut self, rest: &Rest) {
        let pause = if rest.pending { SOON } else { LATER };
        tokio::select! {
            Some(done) = self.attempts.join_next_with_id(), if !self.attempts.is_empty() => {
                let mut done = vec![done];
                while let Some(more) = self.attempts.try_join_next_with_id() {
                    done.push(more);
                }
                self.finish(done).await;
            }
            () = self.events.beyond(rest.cursor), if rest.room => {}
            () = changed(&mut self.changes) => {}
            () = sleep(pause) => {}
        }
    }

    /// Makes deliveries of new events, and begins to send what is due. `None` when there is no callback.
    async fn round(&mut self) -> Result<Option<Rest>, AppError> {
        let mut work = self.application.reading().await?;
        let Some(callback) = work.callbacks().get(self.app).await? else {
            return Ok(None);
        };
        let mut pending = work.deliveries().pending(self.app).await?;
        let mut cursor = callback.cursor;
        let room = pending < MOST_PENDING;
        if room {
            let events = work.events().after(self.app, cursor, BATCH).await?;
            let deliveries = self.deliveries(work.as_mut(), &events).await?;
            drop(work);
            if let Some(last) = deliveries.last() {
                self.accept(&callback, &deliveries).await?;
                cursor = last.sequence;
                pending += 1;
            }
        } else {
            drop(work);
        }
        if pending > 0 {
            self.send_due(callback).await?;
        }
        Ok(Some(Rest {
            cursor,
            pending: pending > 0,
            room,
        }))
    }

    /// The deliveries of these events, each in the lane of the member that it is about.
    async fn deliveries(
        &self,
        work: &mut dyn UnitOfWork,
        events: &[Event],
    ) -> Result<Vec<Delivery>, AppError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (mut rooms, mut keys) = (HashSet::new(), HashSet::new());
        for event in events {
            match event.what {
                DomainEvent::VideoRoom { id, .. } => drop(rooms.insert(id)),
                DomainEvent::StreamKey { id, .. } => drop(keys.insert(id)),
            }
        }
        let rooms: Vec<_> = rooms.into_iter().collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let rooms = work.video_rooms().several(&rooms).await?;
        let keys = work.stream_keys().several(&keys).await?;
        let rooms: HashMap<_, _> = rooms.into_iter().map(|room| (room.id, room.member)).collect();
        let keys: HashMap<_, _> = keys.into_iter().map(|key| (key.id, key.member)).collect();
        let now = self.application.parts().clock.now();
        let delivery = |event: &Event| {
            let member = match event.what {
                DomainEvent::VideoRoom { id, .. } => rooms.get(&id),
                DomainEvent::StreamKey { id, .. } => keys.get(&id),
            };
            fresh(
                self.app,
                event,
                member.map_or(-event.sequence, |member| member.get()),
                now,
            )
        };
        Ok(events.iter().map(delivery).collect())
    }

    /// Stores deliveries, and moves the cursor behind them, if it is where it was: else another process did.
    async fn accept(&self, callback: &Callback, deliveries: &[Delivery]) -> Result<(), AppError> {
        let Some((first, last)) = deliveries.first().zip(deliveries.last()) else {
            return Ok(());
        };
        if first.sequence != callback.cursor + 1 {
            tracing::warn!(app = %self.app, from = callback.cursor, to = first.sequence, "events were forgotten before the app was told");
        }
        let mut work = self.application.writing().await?;
        if work
            .callbacks()
            .advance(self.app, callback.cursor, last.sequence)
            .await?
        {
            work.deliveries().insert(deliveries).await?;
            work.commit().await?;
        }
        Ok(())
    }

    async fn send_due(&mut self, callback: Callback) -> Result<(), AppError> {
        let free = MOST_SENDING.saturating_sub(self.attempts.len());
        if free == 0 {
            return Ok(());
        }
        let now = self.application.parts().clock.now();
        let most = u32::try_from(2 * MOST_SENDING).unwrap_or(u32::MAX);
        let mut work = self.application.reading().await?;
        let due = work.deliveries().due(self.app, now, most).await?;
        drop(work);
        let callback = Arc::new(callback);
        let on_its_way: HashSet<i64> = self.lanes.values().copied().collect();
        let due = due
            .into_iter()
            .filter(|delivery| !on_its_way.contains(&delivery.lane));
        for delivery in due.take(free) {
            let lane = delivery.lane;
            let attempt = attempt(
                self.application.clone(),
                Arc::clone(&callback),
                delivery,
                Arc::clone(&self.sending),
            );
            let id = self.attempts.spawn(attempt).id();
            self.lanes.insert(id, lane);
        }
        Ok(())
    }

    /// Notes what attempts led to, for as long as the store does not take it. Their lanes stay closed until then.
    async fn finish(&mut self, done: Vec<Result<(Id, Delivery), JoinError>>) {
        let mut ids = Vec::new();
        let mut deliveries = Vec::new();
        for done in done {
            match done {
                Ok((id, delivery)) => {
                    ids.push(id);
                    deliveries.push(delivery);
                }
                Err(error) => {
                    tracing::error!(app = %self.app, %error, "an attempt to tell an app failed");
                    ids.push(error.id());
                }
            }
        }
        while let Err(error) = self.record(&deliveries).await {
            let error = crate::error::chain(&error);
            tracing::warn!(app = %self.app, %error, "what an app was told could not be noted yet");
            sleep(SOON).await;
        }
        for id in ids {
            self.lanes.remove(&id);
        }
    }

    async fn record(&self, deliveries: &[Delivery]) -> Result<(), AppError> {
        let mut work = self.application.writing().await?;
        for delivery in deliveries {
            work.deliveries().record(delivery).await?;
        }
        Ok(work.commit().await?)
    }
}

fn fresh(app: AppId, event: &Event, lane: i64, now: Timestamp) -> Delivery {
    Delivery {
        app,
        sequence: event.sequence,
        lane,
        what: event.what,
        state: DeliveryState::Pending,
        attempts: 0,
        last_status: None,
        last_error: None,
        created_at: now,
        pending_since: now,
        next_attempt_at: now,
        delivered_at: None,
    }
}

/// Tells the receiver once.
async fn attempt(
    application: Application,
    callback: Arc<Callback>,
    delivery: Delivery,
    sending: Arc<Semaphore>,
) -> Delivery {
    // Never closed.
    let _permit = sending.acquire().await;
    let parts = application.parts();
    let notification = Notification {
        id: format!("evt_{}_{}", delivery.app, delivery.sequence),
        callback,
        what: delivery.what,
        sent_at: parts.clock.now(),
    };
    let outcome = parts.notifications.send(&notification).await;
    let chance = parts.secrets.session_id().get();
    let told = after(delivery, outcome, parts.clock.now(), chance);
    let (app, id, attempts) = (told.app, told.sequence, told.attempts);
    match told.state {
        DeliveryState::Delivered => tracing::debug!(%app, id, attempts, "an app was told"),
        DeliveryState::Pending => {
            tracing::info!(%app, id, attempts, why = told.last_error, "an app was not told yet");
        }
        DeliveryState::Failed => {
            tracing::warn!(%app, id, attempts, why = told.last_error, "telling an app was given up");
        }
    }
    told
}
