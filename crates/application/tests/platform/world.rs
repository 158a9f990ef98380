//! A platform in one test: an app, a member, and publishers that do as they are told.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::receiver::Receiver;
use adapters::{Jwt, OsSecrets, SystemClock, memory, scripted};
use application::{
    AppError, Application, CreateApp, CreateVideoRoom, ErrorCode, Membership, Parts, RegisterMember,
};
use async_trait::async_trait;
use domain::{AppId, StreamKeySecret, StreamKeyState, Timestamp, VideoRoomId, VideoRoomState, VideoRoomType};
use ports::Clock;
use ports::store::{Intent, Store, StoreError, UnitOfWork, VideoRoomView};
use scripted::{Publisher, Script};
use tokio::task::AbortHandle;

/// Counts apps, so that two worlds on one store have two.
static APPS: AtomicUsize = AtomicUsize::new(1);

pub(crate) const MEMBER: &str = "1";

/// How long each of two processes is trusted to be alive.
pub(crate) const LEASE: Duration = Duration::from_secs(6);

/// A store that can be taken away for a while.
#[derive(Clone)]
pub(crate) struct Outage {
    store: Arc<dyn Store>,
    down: Arc<AtomicBool>,
    /// How many writes were refused, where the store can only be read.
    refused: Arc<Mutex<Option<usize>>>,
}

impl Outage {
    /// From now on the store can only be read.
    pub(crate) fn of_writes_begins(&self) {
        self.refused.lock().unwrap().get_or_insert(0);
    }

    /// How many writes were refused since.
    pub(crate) fn refused_writes(&self) -> usize {
        self.refused.lock().unwrap().unwrap_or(0)
    }

    pub(crate) fn begins(&self) {
        self.down.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_over(&self) {
        self.down.store(false, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.down.load(Ordering::SeqCst) {
            Err(StoreError::unavailable("taken away by a test"))
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Store for Outage {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.check()?;
        if let (Intent::Write, Some(refused)) = (intent, self.refused.lock().unwrap().as_mut()) {
            *refused += 1;
            return Err(StoreError::unavailable("the disk is full"));
        }
        self.store.begin(intent).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.check()?;
        self.store.ping().await
    }
}

/// A clock that goes as the test's time does, and that a test can move on.
#[derive(Clone)]
pub(crate) struct MovedClock {
    began: (Timestamp, tokio::time::Instant),
    moved: Arc<AtomicI64>,
}

impl Default for MovedClock {
    fn default() -> Self {
        Self {
            began: (SystemClock.now(), tokio::time::Instant::now()),
            moved: Arc::default(),
        }
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.began.1.elapsed().as_micros()).unwrap();
        let moved = self.moved.load(Ordering::SeqCst);
        self.began.0.plus_micros(passed + moved)
    }
}

/// Goes as the runtime's time goes, which a test can stop, from the moment that it is made.
struct RuntimeClock(tokio::time::Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        let micros = self.0.elapsed().as_micros();
        Timestamp::from_micros(i64::try_from(micros).unwrap())
    }
}

pub(crate) struct World {
    pub(crate) platform: Application,
    pub(crate) clock: MovedClock,
    pub(crate) receiver: Receiver,
    pub(crate) script: Script,
    pub(crate) outage: Outage,
    pub(crate) app: AppId,
    tasks: [AbortHandle; 2],
}

impl World {
    /// An app with one member, and a running ingest.
    pub(crate) async fn new() -> Self {
        Self::on(Arc::new(memory::Store::default())).await
    }

    /// The same on a store that may have seen another process.
    pub(crate) async fn on(store: Arc<dyn Store>) -> Self {
        let clock = MovedClock::default();
        let world = Self::started(store, None, clock.clone(), Arc::new(clock), None, None).await;
        world.register(MEMBER).await;
        world
    }

    /// The same where rooms end that have been interrupted for that long. Its clock is that of the test's runtime.
    pub(crate) async fn of_patience(store: Arc<dyn Store>, patience: Duration) -> Self {
        let clock = Arc::new(RuntimeClock(tokio::time::Instant::now()));
        let unused = MovedClock::default();
        let world = Self::started(store, None, unused, clock, Some(patience), None).await;
        world.register(MEMBER).await;
        let platform = world.platform.clone();
        tokio::spawn(async move { platform.run_upkeep().await });
        world
    }

    /// Another process on a store where the app is already.
    pub(crate) async fn on_app(store: Arc<dyn Store>, app: AppId) -> Self {
        let clock = MovedClock::default();
        Self::started(store, Some(app), clock.clone(), Arc::new(clock), None, None).await
    }

    /// Two processes on one store, for tests that stop the time. Each has kept its lease for long enough to judge the
    /// other.
    pub(crate) async fn pair() -> (Self, Self) {
        let store: Arc<dyn Store> = Arc::new(memory::Store::default());
        let member = |app| {
            let clock = MovedClock::default();
            let membership = Membership {
                public_url: "http://unused.example".into(),
                lease: LEASE,
            };
            let told = Arc::new(clock.clone());
            Self::started(Arc::clone(&store), app, clock, told, None, Some(membership))
        };
        let here = member(None).await;
        here.register(MEMBER).await;
        let there = member(Some(here.app)).await;
        tokio::time::sleep(LEASE * 3 / 2).await;
        (here, there)
    }

    /// Ends it as a crash would.
    pub(crate) fn dies(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }

    async fn started(
        store: Arc<dyn Store>,
        app: Option<AppId>,
        clock: MovedClock,
        told: Arc<dyn Clock>,
        auto_end_after: Option<Duration>,
        membership: Option<Membership>,
    ) -> Self {
        let receiver = Receiver::default();
        let (media, script) = scripted::MediaServer::new();
        let outage = Outage {
            store,
            down: Arc::default(),
            refused: Arc::default(),
        };
        let platform = Application::new(Parts {
            store: Arc::new(outage.clone()),
            media: Arc::new(media),
            origin: Arc::new(scripted::Origin),
            clock: told,
            secrets: Arc::new(OsSecrets),
            tokens: Arc::new(Jwt),
            token_secret: None,
            node: if app.is_none() { "here" } else { "there" }.into(),
            membership,
            enforce_access_level: true,
            shares_store: true,
            notifications: Arc::new(receiver.clone()),
            events_retention: Duration::from_secs(7 * 24 * 60 * 60),
            auto_end_after,
        });
        let wanted = CreateApp {
            name: format!("Foo App {}", APPS.fetch_add(1, Ordering::SeqCst)),
            owner_username: "foobar".into(),
            owner_email: "f@bar".into(),
        };
        let app = match app {
            Some(app) => app,
            None => platform.create_app(wanted).await.unwrap().app.id,
        };
        platform.join().await.unwrap();
        let lives = {
            let platform = platform.clone();
            async move { platform.stay().await }
        };
        let takes_publishers = {
            let platform = platform.clone();
            async move { platform.run_ingest().await }
        };
        let tasks = [tokio::spawn(lives), tokio::spawn(takes_publishers)];
        Self {
            tasks: tasks.map(|task| task.abort_handle()),
            platform,
            clock,
            receiver,
            script,
            outage,
            app,
        }
    }

    /// Time passes at once.
    pub(crate) fn goes_on_for(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.clock.moved.fetch_add(micros, Ordering::SeqCst);
    }

    /// Another app on the same platform.
    pub(crate) async fn other_app(&self) -> AppId {
        let wanted = CreateApp {
            name: "Bar App".into(),
            owner_username: "foobar".into(),
            owner_email: "f@bar".into(),
        };
        self.platform.create_app(wanted).await.unwrap().app.id
    }

    pub(crate) async fn register(&self, member: &str) {
        let wanted = RegisterMember {
            app_user_id: Some(member.into()),
            ..Default::default()
        };
        self.platform.register_member(self.app, wanted).await.unwrap();
    }

    pub(crate) async fn secret(&self) -> StreamKeySecret {
        self.platform
            .get_member_stream_key(self.app, MEMBER)
            .await
            .unwrap()
            .key
            .secret
    }

    /// A publisher that was let in with the member's key.
    pub(crate) async fn publisher(&self) -> Publisher {
        self.script.knock(&self.secret().await).accepted().await
    }

    /// A publisher whose stream can be played.
    pub(crate) async fn playable_publisher(&self) -> Publisher {
        let publisher = self.publisher().await;
        publisher.becomes_playable();
        self.until_key(&[StreamKeyState::Active, StreamKeyState::ActiveLive])
            .await;
        publisher
    }

    pub(crate) async fn room(&self) -> VideoRoomId {
        let wanted = CreateVideoRoom {
            app_user_id: Some(MEMBER.into()),
            kind: Some(VideoRoomType::BroadcastRtmp),
            scheduled_at: Some(Timestamp::from_micros(0)),
            ..Default::default()
        };
        self.platform
            .create_video_room(self.app, wanted)
            .await
            .unwrap()
            .room
            .id
    }

    pub(crate) async fn start(&self, room: VideoRoomId) -> Result<VideoRoomView, AppError> {
        self.platform.start_broadcast(self.app, room).await
    }

    pub(crate) async fn end(&self, room: VideoRoomId) -> Result<VideoRoomView, AppError> {
        self.platform.end_broadcast(self.app, room).await
    }

    /// A room that is on air, and its publisher.
    pub(crate) async fn on_air(&self) -> (VideoRoomId, Publisher) {
        let publisher = self.playable_publisher().await;
        let room = self.room().await;
        self.start(room).await.unwrap();
        (room, publisher)
    }

    pub(crate) async fn states(&self, room: VideoRoomId) -> (VideoRoomState, StreamKeyState) {
        let room = self
            .platform
            .get_video_room(self.app, room)
            .await
            .unwrap()
            .room
            .state;
        (room, self.key_state().await)
    }

    pub(crate) async fn key_state(&self) -> StreamKeyState {
        self.platform
            .get_member_stream_key(self.app, MEMBER)
            .await
            .unwrap()
            .key
            .state
    }

    pub(crate) async fn until_key(&self, wanted: &[StreamKeyState]) {
        until("the stream key to change", async || {
            wanted.contains(&self.key_state().await)
        })
        .await;
    }

    pub(crate) async fn until_room(&self, room: VideoRoomId, wanted: VideoRoomState) {
        until("the room to change", async || self.states(room).await.0 == wanted).await;
    }
}

/// Waits for a condition, looking again every few milliseconds; fails after ten seconds of the test's clock.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !holds().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "waited in vain for {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn code<T>(outcome: Result<T, AppError>) -> ErrorCode {
    match outcome {
        Ok(_) => panic!("expected a refusal"),
        Err(error) => error.code(),
    }
}
