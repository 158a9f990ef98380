//! A platform behind a real HTTP server, whose clock and secrets are fixed, and whose store and media do as told.

mod origin;

use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use adapters::callbacks::WebhookSender;
use adapters::scripted::{self, Publisher, Script};
use adapters::{Jwt, memory};
use api::{Health, Limits, Links, Readiness, Settings, State};
use application::{Application, CreateApp, Parts};
use async_trait::async_trait;
use domain::{ApiKeyId, PlaybackId, SecretHash, SessionId, StreamKeySecret, Timestamp};
use ports::store::{Intent, Store, StoreError, UnitOfWork, WebhookSecret};
use ports::{ApiSecret, Clock, Secrets, TokenSecret};
use tokio::runtime::Handle;
use tokio::sync::watch;

pub(crate) use self::origin::segment;

use self::origin::TestOrigin;
use crate::http::Request;

/// `key1:secret1`, the credentials of the first app.
pub(crate) const FIRST_APP: &str = "Basic a2V5MTpzZWNyZXQx";
/// `key2:secret2`, those of another.
pub(crate) const OTHER_APP: &str = "Basic a2V5MjpzZWNyZXQy";

pub(crate) const MEMBERS: &str = "/v2/apps/me/members";
pub(crate) const KEYS: &str = "/v2/apps/me/stream-keys";
pub(crate) const ROOMS: &str = "/v2/apps/me/video-rooms";

/// It is 2022-10-19T06:41:09.865054Z, and that many microseconds later.
#[derive(Clone, Default)]
struct SteppedClock(Arc<AtomicI64>);

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_666_161_669_865_054 + self.0.load(Ordering::SeqCst))
    }
}

/// Made-up secrets, each kind counted by itself: what is minted of one moves no other.
#[derive(Default)]
struct CountedSecrets {
    sessions: AtomicI64,
    playbacks: AtomicI64,
    stream_keys: AtomicI64,
    api_keys: AtomicI64,
}

fn next(count: &AtomicI64) -> i64 {
    count.fetch_add(1, Ordering::SeqCst) + 1
}

impl Secrets for CountedSecrets {
    fn session_id(&self) -> SessionId {
        SessionId::new(next(&self.sessions))
    }

    fn playback_id(&self) -> PlaybackId {
        PlaybackId::parse(&format!("playback{:08}", next(&self.playbacks))).unwrap()
    }

    fn stream_key(&self) -> StreamKeySecret {
        StreamKeySecret::new(format!("streamkey{:08}", next(&self.stream_keys)))
    }

    fn channel_key(&self) -> String {
        "channelkey".to_owned()
    }

    fn api_credentials(&self) -> (ApiKeyId, ApiSecret) {
        let n = next(&self.api_keys);
        (
            ApiKeyId::new(format!("key{n}")),
            ApiSecret::new(format!("secret{n}")),
        )
    }

    fn token_secret(&self) -> TokenSecret {
        TokenSecret::new("the secret that tests sign tokens with")
    }

    fn webhook_secret(&self) -> WebhookSecret {
        WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    }

    fn hash(&self, secret: &ApiSecret) -> SecretHash {
        let mut hash = [0; 32];
        let bytes = secret.expose().as_bytes();
        hash[..bytes.len()].copy_from_slice(bytes);
        SecretHash(hash)
    }

    fn verify(&self, secret: &ApiSecret, hash: &SecretHash) -> bool {
        secret.expose().len() <= 32 && self.hash(secret) == *hash
    }
}

/// What the store does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Works,
    IsDown,
    Panics,
    /// Lets nobody write until it works again.
    HoldsWrites,
}

#[derive(Clone)]
struct MoodyStore {
    store: memory::Store,
    mood: watch::Sender<Mood>,
    /// How many wait to write.
    held: watch::Sender<usize>,
    /// How many units of work were begun.
    begun: Arc<AtomicUsize>,
    /// How often something was read.
    reads: Arc<AtomicUsize>,
}

#[async_trait]
impl Store for MoodyStore {
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.borrow();
        match mood {
            Mood::HoldsWrites if intent == Intent::Write => {
                self.held.send_modify(|held| *held += 1);
                let mut mood = self.mood.subscribe();
                let _works = mood.wait_for(|mood| *mood == Mood::Works).await;
            }
            Mood::Works | Mood::HoldsWrites => {}
            Mood::IsDown => return Err(StoreError::unavailable("connection refused by 10.0.0.1")),
            Mood::Panics => panic!("the store fell over"),
        }
        let work = self.store.begin(intent).await?;
        if intent == Intent::Read {
            self.reads.fetch_add(1, Ordering::SeqCst);
        }
        Ok(work)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        match *self.mood.borrow() {
            Mood::IsDown => Err(StoreError::unavailable("connection refused by 10.0.0.1")),
            _ => Ok(()),
        }
    }
}

struct StoreHealth(Application);

#[async_trait]
impl Health for StoreHealth {
    async fn readiness(&self) -> Readiness {
        Readiness::default()
            .with("storage", self.0.ping().await.is_ok())
            .with("media", true)
    }
}

/// A running server with two apps.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) state: State,
    pub(crate) application: Application,
    pub(crate) server: actix_web::dev::ServerHandle,
    /// How many answers of 64 MiB are on their way.
    pub(crate) huge_answers: watch::Sender<usize>,
    clock: SteppedClock,
    script: Script,
    store: MoodyStore,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_requests_per_second(NonZeroU32::MAX).await
    }

    /// The same, where each app may make that many requests a second.
    pub(crate) async fn with_requests_per_second(limit: NonZeroU32) -> Self {
        Self::with_limits(limit, 1000).await
    }

    /// The same, where that many devices may listen at a time.
    pub(crate) async fn with_event_sources(most: usize) -> Self {
        Self::with_limits(NonZeroU32::MAX, most).await
    }

    async fn with_limits(limit: NonZeroU32, event_sources: usize) -> Self {
        let (media, script) = scripted::MediaServer::new();
        let store = MoodyStore {
            store: memory::Store::default(),
            mood: watch::Sender::new(Mood::Works),
            held: watch::Sender::new(0),
            begun: Arc::default(),
            reads: Arc::default(),
        };
        let clock = SteppedClock::default();
        let huge_answers = watch::Sender::new(0);
        let application = Application::new(Parts {
            store: Arc::new(store.clone()),
            media: Arc::new(media),
            origin: Arc::new(TestOrigin {
                huge_answers: huge_answers.clone(),
            }),
            clock: Arc::new(clock.clone()),
            secrets: Arc::new(CountedSecrets::default()),
            tokens: Arc::new(Jwt),
            token_secret: None,
            node: "here".into(),
            membership: None,
            enforce_access_level: true,
            shares_store: true,
            notifications: Arc::new(WebhookSender::new(true).unwrap()),
            auto_end_after: None,
            events_retention: Duration::from_secs(7 * 24 * 60 * 60),
        });
        for (name, owner) in [("Foo App", "foobar"), ("Bar App", "barfoo")] {
            let wanted = CreateApp {
                name: name.into(),
                owner_username: owner.into(),
                owner_email: format!("{owner}@gmail.com"),
            };
            application.create_app(wanted).await.unwrap();
        }
        let ingest = application.clone();
        tokio::spawn(async move { ingest.run_ingest().await });
        let state = State::new(
            application.clone(),
            Handle::current(),
            Links::new("https://video.example/", "rtmp://video.example"),
            Arc::new(StoreHealth(application.clone())),
            Limits {
                requests_per_second: limit,
                event_sources,
            },
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let settings = Settings {
            workers: Some(1),
            stall_timeout: Duration::from_secs(1),
            ..Settings::default()
        };
        let server = api::serve(listener, state.clone(), &settings).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            address,
            state,
            application,
            server: handle,
            huge_answers,
            clock,
            script,
            store,
        }
    }

    pub(crate) fn store_is(&self, mood: Mood) {
        self.store.mood.send_replace(mood);
    }

    /// Lets time pass for whoever asks what time it is.
    pub(crate) fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.clock.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// How many units of work were begun.
    pub(crate) fn units_of_work(&self) -> usize {
        self.store.begun.load(Ordering::SeqCst)
    }

    /// How often something was read from the store.
    pub(crate) fn reads(&self) -> usize {
        self.store.reads.load(Ordering::SeqCst)
    }

    /// Waits until somebody waits to write.
    pub(crate) async fn until_a_write_is_held(&self) {
        let mut held = self.store.held.subscribe();
        held.wait_for(|held| *held > 0).await.unwrap();
    }

    /// A request without credentials.
    pub(crate) fn bare(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, path)
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        self.bare("GET", path).header("authorization", FIRST_APP)
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        self.bare("POST", path).header("authorization", FIRST_APP)
    }

    pub(crate) fn put(&self, path: &str) -> Request {
        self.bare("PUT", path).header("authorization", FIRST_APP)
    }

    pub(crate) fn delete(&self, path: &str) -> Request {
        self.bare("DELETE", path).header("authorization", FIRST_APP)
    }

    pub(crate) fn patch(&self, path: &str) -> Request {
        self.bare("PATCH", path).header("authorization", FIRST_APP)
    }

    /// Registers the member of the seed's examples.
    pub(crate) async fn member(&self) {
        let body = r#"{"appUserId":"1","appUserName":"foobar","appUserProfileImgUrl":"https://img.foobar.com/users/1/profile.jpg"}"#;
        assert_eq!(self.post(MEMBERS).json(body).send().await.status, 201);
    }

    /// Makes the room of the seed's examples, and tells its path.
    pub(crate) async fn room(&self) -> String {
        self.room_of_level("PUBLIC").await
    }

    pub(crate) async fn room_of_level(&self, level: &str) -> String {
        let body = format!(
            r#"{{"appUserId":"1","type":"BROADCAST_RTMP","title":"Foo Video Room","description":"Foo Video Room Description","accessLevel":"{level}","scheduledAt":"2022-10-19T23:59:59.999Z"}}"#
        );
        let made = self.post(ROOMS).json(body).send().await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("{ROOMS}/{}", made.json()["id"])
    }

    pub(crate) async fn stream_key(&self) -> serde_json::Value {
        self.stream_key_of("1").await
    }

    async fn stream_key_of(&self, member: &str) -> serde_json::Value {
        let path = format!("{MEMBERS}/{member}/stream-key");
        self.get(&path).send().await.json()
    }

    /// A publisher with the member's key, whose stream can be played.
    pub(crate) async fn publisher(&self) -> Publisher {
        self.publisher_of("1").await
    }

    /// The same with the key of that member.
    pub(crate) async fn publisher_of(&self, member: &str) -> Publisher {
        let key = StreamKeySecret::new(self.stream_key_of(member).await["streamKey"].as_str().unwrap());
        let publisher = self.script.knock(&key).accepted().await;
        publisher.becomes_playable();
        self.until_key_of(member, "ACTIVE").await;
        publisher
    }

    /// Waits until the store has how a session is doing.
    pub(crate) async fn until_health_is_noted(&self, session: SessionId) {
        let noted = async {
            loop {
                let mut work = self.store.begin(Intent::Read).await.unwrap();
                if work.ingest_health().latest(session).await.unwrap().is_some() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), noted)
            .await
            .unwrap();
    }

    pub(crate) async fn until_key(&self, state: &str) {
        self.until_key_of("1", state).await;
    }

    pub(crate) async fn until_key_of(&self, member: &str, state: &str) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while self.stream_key_of(member).await["streamKeyState"] != state {
            assert!(
                tokio::time::Instant::now() < deadline,
                "the key never became {state}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A room of that access level on air: its path, its playback id, and its publisher.
    pub(crate) async fn on_air(&self, level: &str) -> (String, String, Publisher) {
        self.member().await;
        let room = self.room_of_level(level).await;
        let publisher = self.publisher().await;
        let live = self
            .post(&format!("{room}/rtmp-broadcast/state/live"))
            .send()
            .await;
        assert_eq!(live.status, 200, "{live:?}");
        let url = live.json()["liveUrl"].as_str().unwrap().to_owned();
        let id = url.split('/').nth(4).unwrap().to_owned();
        (room, id, publisher)
    }
}
