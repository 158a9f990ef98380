//! The signals of one app, as they happen, for all of this process who listen.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::{AppId, MemberId};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep};

use super::gone::{Gone, LOOK};
use super::{PAGE, Signal};
use crate::{AppError, Application, ErrorCode, FeedSignal};

/// How many signals a listener may be behind. One that is further is cut off, and resumes from the feed.
const MOST_BEHIND: usize = 1024;

/// How often one member may listen at a time: several devices, several pages.
const MOST_OF_A_MEMBER: usize = 16;

/// How long to wait when the store does not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// The channels that somebody listens to.
#[derive(Default)]
pub(crate) struct Channels(Mutex<HashMap<AppId, Weak<Channel>>>);

/// What those who listen to one app share; gone with the last of them.
pub(super) struct Channel {
    sender: broadcast::Sender<Arc<Signal>>,
    shared: Mutex<Shared>,
    gone: watch::Sender<Gone>,
    /// Ends the task with the channel.
    _alive: watch::Sender<()>,
}

struct Shared {
    /// The number of the last event that was told.
    told: i64,
    /// How often each member listens.
    members: HashMap<MemberId, usize>,
}

/// A member's place among those who listen, given back when it is dropped.
pub(super) struct Place {
    pub(super) channel: Arc<Channel>,
    member: Option<MemberId>,
}

impl Application {
    /// The channel of an app, which tells what comes after the event `last` if it is a new one.
    pub(super) fn channel(&self, app: AppId, last: i64) -> Arc<Channel> {
        let mut channels = self.channels().0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(&app).and_then(Weak::upgrade) {
            return channel;
        }
        channels.retain(|_, channel| channel.strong_count() > 0);
        let (alive, ended) = watch::channel(());
        let channel = Arc::new(Channel {
            sender: broadcast::Sender::new(MOST_BEHIND),
            shared: Mutex::new(Shared {
                told: last,
                members: HashMap::new(),
            }),
            gone: watch::Sender::default(),
            _alive: alive,
        });
        let teller = Teller {
            application: self.clone(),
            app,
            signal: self.feed_signal(app),
            channel: Arc::downgrade(&channel),
            ended,
        };
        tokio::spawn(teller.run());
        channels.insert(app, Arc::downgrade(&channel));
        channel
    }
}

impl Channel {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Numbers are exchanged under this lock: nothing can be left half done.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to listen: the signals from now on, and the number of the last event that was told before.
    pub(super) fn listen(self: &Arc<Self>, member: Option<MemberId>) -> Result<Listening, AppError> {
        let mut shared = self.lock();
        if let Some(member) = member {
            let count = shared.members.entry(member).or_default();
            if *count >= MOST_OF_A_MEMBER {
                return Err(AppError::new(
                    ErrorCode::TooManyRequests,
                    format!("this member listens {MOST_OF_A_MEMBER} times already; close a connection first"),
                ));
            }
            *count += 1;
        }
        Ok(Listening {
            signals: self.sender.subscribe(),
            gone: self.gone.subscribe(),
            told: shared.told,
            place: Place {
                channel: Arc::clone(self),
                member,
            },
        })
    }

    fn tell(&self, signals: Vec<Arc<Signal>>) {
        let mut shared = self.lock();
        for signal in signals {
            shared.told = signal.sequence;
            // Nobody may listen just now.
            let _unheard = self.sender.send(signal);
        }
    }
}

/// What a listener begins with.
pub(super) struct Listening {
    pub(super) signals: broadcast::Receiver<Arc<Signal>>,
    pub(super) gone: watch::Receiver<Gone>,
    pub(super) told: i64,
    pub(super) place: Place,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(member) = self.member {
            let mut shared = self.channel.lock();
            if let Some(count) = shared.members.get_mut(&member) {
                *count -= 1;
                if *count == 0 {
                    shared.members.remove(&member);
                }
            }
        }
    }
}

/// Tells what happens in an app, until nobody listens any more.
struct Teller {
    application: Application,
    app: AppId,
    signal: FeedSignal,
    channel: Weak<Channel>,
    ended: watch::Receiver<()>,
}

impl Teller {
    async fn run(mut self) {
        let mut looks = interval_at(Instant::now() + LOOK, LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let told = match self.round().await {
                Ok(Some(told)) => told,
                Ok(None) => return,
                Err(error) => {
                    let error = crate::error::chain(&error);
                    tracing::warn!(app = %self.app, %error, "members are not told what happens now");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            if self.is_done(told, &mut looks).await {
                return;
            }
        }
    }

    /// Waits until something has happened, and meanwhile looks for those who listen. True when nobody does any more.
    async fn is_done(&mut self, told: i64, looks: &mut Interval) -> bool {
        loop {
            tokio::select! {
                biased;
                _ = self.ended.changed() => return true,
                // First, so that it has its turn however much happens.
                _ = looks.tick() => {}
                () = self.signal.beyond(told) => return false,
            }
            if let Err(error) = self.look().await {
                let error = crate::error::chain(&error);
                tracing::debug!(app = %self.app, %error, "those who listen were not looked for");
            }
        }
    }

    /// Says who of those that listen is not there any more.
    async fn look(&self) -> Result<(), AppError> {
        let Some(channel) = self.channel.upgrade() else {
            return Ok(());
        };
        let listening: Vec<_> = channel.lock().members.keys().copied().collect();
        let gone = self.application.gone(&listening).await?;
        channel.gone.send_if_modified(|known| {
            let is_new = *known != gone;
            *known = gone;
            is_new
        });
        Ok(())
    }

    /// Tells a page of events, and answers the number of the last one; `None` when nobody listens.
    async fn round(&self) -> Result<Option<i64>, AppError> {
        let Some(channel) = self.channel.upgrade() else {
            return Ok(None);
        };
        let (told, asked) = {
            let shared = channel.lock();
            let asked: HashSet<_> = shared.members.keys().copied().collect();
            (shared.told, Arc::new(asked))
        };
        let mut work = self.application.reading().await?;
        let events = work.events().after(self.app, told, PAGE).await?;
        let Some(last) = events.last().map(|event| event.sequence) else {
            return Ok(Some(told));
        };
        let signals = self
            .application
            .signals(work.as_mut(), self.app, &events, &asked)
            .await?;
        drop(work);
        channel.tell(signals);
        Ok(Some(last))
    }
}
