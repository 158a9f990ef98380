//! Where races are run: processes on one store, a member who can go on air, and a reader who looks all the while.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::crowd::{self, Call, Outcome};
use crate::encoder::Encoder;
use crate::feed;
use crate::postgres_support::Database;
use crate::reader::Reader;
use crate::support::{Caller, Options, Platform, wait_until};

pub(crate) struct Stage {
    reader: Option<Reader>,
    doors: Vec<Caller>,
    encoder: Option<Encoder>,
    /// How often each room was started, as its callers were told.
    started: BTreeMap<i64, usize>,
    platforms: Vec<Platform>,
    runtime: Runtime,
    _database: Option<Database>,
}

fn options() -> Options {
    Options::with_app().set("limits.api_requests_per_second", "100000")
}

impl Stage {
    /// Two processes on one PostgreSQL, each with far fewer connections than callers.
    pub(crate) fn on_postgresql() -> Self {
        let database = Database::new();
        let node = |name: &str| {
            options()
                .set("storage.url", &database.url())
                .set("storage.auto_migrate", "true")
                .set("storage.max_connections", "4")
                .set("node.name", name)
                .start()
        };
        let platforms = vec![node("one"), node("other")];
        Self::of(platforms, Some(database))
    }

    /// One process on SQLite, which is all that there may be.
    pub(crate) fn on_sqlite() -> Self {
        Self::of(vec![options().start()], None)
    }

    fn of(platforms: Vec<Platform>, database: Option<Database>) -> Self {
        let body = json!({"appUserId": "alice", "appUserName": "alice"});
        platforms[0].call("POST", "/members", Some(body)).expect(201);
        let doors: Vec<_> = platforms.iter().map(Platform::caller).collect();
        Self {
            reader: Some(Reader::of(doors.clone())),
            doors,
            encoder: None,
            started: BTreeMap::new(),
            platforms,
            runtime: Runtime::new().expect("a runtime"),
            _database: database,
        }
    }

    fn door(&self, number: usize) -> &Platform {
        &self.platforms[number % self.platforms.len()]
    }

    /// Makes a room.
    pub(crate) fn room(&self) -> i64 {
        let wanted = json!({"appUserId": "alice", "type": "BROADCAST_RTMP", "title": "Hello",
            "scheduledAt": "2030-01-01T00:00:00Z"});
        let room = self.door(0).call("POST", "/video-rooms", Some(wanted));
        room.expect(201)["id"].as_i64().expect("a number")
    }

    /// The member's key.
    pub(crate) fn key(&self) -> Value {
        self.door(0)
            .call("GET", "/members/alice/stream-key", None)
            .expect(200)
    }

    /// Its number.
    pub(crate) fn key_id(&self) -> i64 {
        self.key()["id"].as_i64().expect("a number")
    }

    /// Begins to publish to one of the processes, in the mode in which the first key frame is enough to play.
    pub(crate) fn begins_to_publish(&self, door: usize) -> JoinHandle<Option<Encoder>> {
        let key = self.key()["streamKey"].as_str().expect("a text").to_owned();
        let url = format!("{}/live/{key}?mode=RTMP", self.door(door).rtmp);
        self.runtime
            .spawn(async move { Encoder::connect(&url).await.ok() })
    }

    /// The encoder that began was let in or refused by now; says whether it was let in.
    pub(crate) fn publishes(&mut self, begun: JoinHandle<Option<Encoder>>) -> bool {
        self.encoder = self.runtime.block_on(begun).expect("a task");
        self.encoder.is_some()
    }

    /// Publishes to one of the processes until the key is ready for a start.
    pub(crate) fn publish(&mut self, door: usize) {
        let begun = self.begins_to_publish(door);
        assert!(self.publishes(begun), "the encoder is let in");
        self.await_key("ACTIVE");
    }

    /// The publisher leaves.
    pub(crate) fn leaves(&mut self) {
        self.encoder = None;
    }

    /// The publisher is sent off.
    pub(crate) fn await_sent_off(&mut self) {
        let encoder = self.encoder.take().expect("an encoder");
        wait_until("the publisher is sent off", || {
            (!encoder.publishes()).then_some(())
        });
    }

    pub(crate) fn publisher_is_content(&self) -> bool {
        self.encoder.as_ref().is_some_and(Encoder::publishes)
    }

    pub(crate) fn await_key(&self, state: &str) {
        wait_until(&format!("the key is {state}"), || {
            (self.key()["streamKeyState"] == state).then_some(())
        });
    }

    /// Puts a new room on air and has its publisher leave.
    pub(crate) fn interrupted_room(&mut self, door: usize) -> i64 {
        self.publish(door);
        let room = self.room();
        let outcome = &self.all_at_once(&[Call::start(room)])["start"];
        assert_eq!(outcome.won.len(), 1, "{outcome:?}");
        self.note_started(room, outcome);
        self.leaves();
        self.await_key("INACTIVE_LIVE");
        room
    }

    /// Makes all calls at the same moment.
    pub(crate) fn all_at_once(&self, calls: &[Call]) -> BTreeMap<&'static str, Outcome> {
        crowd::all_at_once(&self.doors, calls)
    }

    /// Notes how often callers were told that they had started a room.
    pub(crate) fn note_started(&mut self, room: i64, outcome: &Outcome) {
        self.started.insert(room, outcome.won.len());
    }

    /// The states of a room (`GONE` if there is none) and of the key, which every process tells alike.
    #[track_caller]
    pub(crate) fn assert_states(&self, room: i64, expected: (&str, &str)) {
        for door in &self.platforms {
            let answer = door.call("GET", &format!("/video-rooms/{room}"), None);
            let state = match answer.status {
                404 => "GONE".to_owned(),
                _ => answer.expect(200)["videoRoomState"]
                    .as_str()
                    .expect("a state")
                    .to_owned(),
            };
            let key = door.call("GET", "/members/alice/stream-key", None).expect(200);
            let key = key["streamKeyState"].as_str().expect("a state");
            assert_eq!((state.as_str(), key), expected);
        }
    }

    /// Ends what is open, for the next round.
    pub(crate) fn clears(&mut self) {
        let path = format!("/stream-keys/{}/force-terminate", self.key_id());
        self.door(0).call("POST", &path, None).expect(204);
        self.encoder = None;
    }

    /// The races are over: the reader has seen nothing wrong, the feed tells the same story, and no process had
    /// trouble with its store.
    pub(crate) fn closes(mut self) {
        self.encoder = None;
        self.reader.take().expect("a reader").ends();
        let events = feed::read(&self.doors[0]);
        feed::assert_lawful(&events);
        for (room, times) in &self.started {
            // By its machine it was started once at most, and may have been interrupted since.
            let lived = feed::count(&events, &format!("room {room}"), "LIVE") > 0;
            assert_eq!(usize::from(lived), *times, "room {room}");
        }
        for platform in &self.platforms {
            let metrics = platform.get(&format!("{}/metrics", platform.ops)).body;
            let troubled = metrics
                .lines()
                .filter(|line| line.starts_with("videoroom_storage_errors_total") && !line.ends_with(" 0"));
            assert_eq!(troubled.collect::<Vec<_>>(), Vec::<&str>::new());
        }
    }
}
