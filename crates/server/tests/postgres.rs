//! The platform on PostgreSQL: migrations, a whole broadcast, an outage of the server, processes beside each other.

#[path = "postgres/back_end.rs"]
mod back_end;
#[path = "support/disk.rs"]
mod disk;
#[path = "postgres/doors.rs"]
mod doors;
#[path = "postgres/elsewhere.rs"]
mod elsewhere;
#[path = "support/encoder.rs"]
mod encoder;
#[path = "support/feed.rs"]
mod feed;
#[path = "postgres/full_disk.rs"]
mod full_disk;
#[path = "postgres/kills.rs"]
mod kills;
#[path = "postgres/listening.rs"]
mod listening;
#[path = "postgres/nodes.rs"]
mod nodes;
#[path = "postgres/outage.rs"]
mod outage;
#[path = "../../adapters/tests/postgres_support/mod.rs"]
mod postgres_support;
#[path = "postgres/receiver.rs"]
mod receiver;
mod support;
#[path = "postgres/takeover.rs"]
mod takeover;

use encoder::Encoder;
use postgres_support::Database;
use serde_json::{Value, json};
use support::{Directory, Options, Platform, wait_until};

fn on(url: &str) -> Options {
    Options::with_app()
        .set("storage.url", url)
        .set("media.segment_duration", "1s")
}

fn migrated(database: &Database) -> String {
    let url = database.url();
    on(&url).command(&["serve", "--migrate"]).start();
    url
}

/// A member's broadcast, by the calls that a back end makes.
struct Broadcast {
    secret: String,
    room: String,
}

impl Broadcast {
    fn prepare(platform: &Platform) -> Self {
        Self::of(platform, "alice")
    }

    fn of(platform: &Platform, member: &str) -> Self {
        let body = json!({"appUserId": member, "appUserName": member});
        platform.call("POST", "/members", Some(body)).expect(201);
        let key = platform
            .call("GET", &format!("/members/{member}/stream-key"), None)
            .expect(200);
        let room = json!({
            "appUserId": member, "type": "BROADCAST_RTMP", "title": "Hello", "scheduledAt": "2030-01-01T00:00:00Z",
        });
        let room = platform.call("POST", "/video-rooms", Some(room)).expect(201);
        Self {
            secret: key["streamKey"].as_str().unwrap().to_owned(),
            room: format!("/video-rooms/{}", room["id"]),
        }
    }

    /// The room's number.
    fn id(&self) -> &str {
        self.room.trim_start_matches("/video-rooms/")
    }

    fn wait_for_key(platform: &Platform, state: &str) {
        wait_until(&format!("the key is {state}"), || {
            let key = platform.call("GET", "/members/alice/stream-key", None);
            (key.status == 200 && key.json()["streamKeyState"] == state).then_some(())
        });
    }

    fn wait_for_room(&self, platform: &Platform, state: &str) {
        wait_until(&format!("the room is {state}"), || {
            let room = platform.call("GET", &self.room, None);
            (room.status == 200 && room.json()["videoRoomState"] == state).then_some(())
        });
    }

    /// Goes on air, and answers the URL to play.
    fn start(&self, platform: &Platform) -> String {
        let path = format!("{}/rtmp-broadcast/state/live", self.room);
        let room = platform.call("POST", &path, None).expect(200);
        assert_eq!(room["videoRoomState"], "LIVE", "{room}");
        find(&room, "liveUrl").expect("a URL to play")
    }

    fn end(&self, platform: &Platform) -> Value {
        let path = format!("{}/rtmp-broadcast/state/ended", self.room);
        platform.call("POST", &path, None).expect(200)
    }
}

/// The text of that name, wherever it is in a document.
fn find(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(fields) => match fields.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => fields.values().find_map(|value| find(value, name)),
        },
        Value::Array(items) => items.iter().find_map(|value| find(value, name)),
        _ => None,
    }
}

/// The media playlist that the multivariant playlist at `url` names first.
fn playlist(platform: &Platform, url: &str) -> String {
    let multivariant = platform.get(url);
    assert_eq!(multivariant.status, 200, "{multivariant:?}");
    let media = multivariant
        .body
        .lines()
        .find(|line| !line.starts_with('#') && !line.is_empty());
    let (base, _) = url.rsplit_once('/').unwrap();
    let media = platform.get(&format!("{base}/{}", media.unwrap()));
    assert_eq!(media.status, 200, "{media:?}");
    media.body
}

#[test]
fn a_store_that_is_not_migrated_is_refused_with_what_to_do() {
    let database = Database::new();
    let directory = Directory::new();
    let run = |arguments: &[&str]| {
        let mut command = directory.command(arguments);
        command.env("VIDEOROOM__STORAGE__URL", database.url());
        command.output().unwrap()
    };
    let refused = run(&["serve"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    for part in [
        "20261123000001",
        "videoroom migrate",
        "--migrate",
        "storage.auto_migrate",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }

    let migrated = run(&["migrate", "--json"]);
    let migrated: Value = serde_json::from_slice(&migrated.stdout).unwrap();
    assert_eq!(migrated["applied"][0], "20261123000001", "{migrated}");
    let again = run(&["migrate"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("up to date"));
    let platform = on(&database.url()).start();
    platform.get(&format!("{}/readyz", platform.http)).expect(200);
}

#[test]
fn migrations_are_applied_at_start_where_the_configuration_says_so() {
    let database = Database::new();
    let platform = on(&database.url()).set("storage.auto_migrate", "true").start();
    platform.call("GET", "/video-rooms", None).expect(200);
}

#[test]
fn a_server_that_is_not_there_is_told_without_the_password() {
    let output = Directory::new()
        .command(&["serve"])
        .env("VIDEOROOM__STORAGE__URL", "postgres://u:hunter2@127.0.0.1:1/d")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("can't open the store postgres://u:********@127.0.0.1:1/d"),
        "{told}"
    );
    assert!(told.contains("VIDEOROOM__STORAGE__URL"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_broadcast() {
    let database = Database::new();
    let url = migrated(&database);
    let mut platform = on(&url).start();
    let broadcast = Broadcast::prepare(&platform);
    let encoder = Encoder::start(&platform, &broadcast.secret).await;
    Broadcast::wait_for_key(&platform, "ACTIVE");
    let play = broadcast.start(&platform);
    Broadcast::wait_for_key(&platform, "ACTIVE_LIVE");
    wait_until("there is a segment to play", || {
        playlist(&platform, &play).contains("#EXTINF").then_some(())
    });
    let live = platform
        .call("GET", "/video-rooms?videoRoomState=LIVE", None)
        .expect(200);
    assert_eq!(live["content"].as_array().map(Vec::len), Some(1), "{live}");

    drop(encoder);
    broadcast.wait_for_room(&platform, "LIVE_INACTIVE");
    assert_eq!(broadcast.end(&platform)["videoRoomState"], "ENDED");
    Broadcast::wait_for_key(&platform, "INACTIVE");
    let events = database.sql("SELECT count(*), min(sequence), max(sequence) FROM events");
    let numbers: Vec<i64> = events.split('|').map(|number| number.parse().unwrap()).collect();
    assert_eq!((numbers[0], numbers[1]), (numbers[2], 1), "no gaps: {events}");

    assert!(platform.stop().success());
    let again = on(&url).start();
    broadcast.wait_for_room(&again, "ENDED");
}

/// What a later release may do to the schema: tables of its own, and columns that may stay empty in all that are there.
fn migrate_as_a_later_release(database: &Database) {
    database.sql(
        "CREATE TABLE later (id BIGINT NOT NULL PRIMARY KEY, room BIGINT REFERENCES video_rooms (id)); \
         INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001'); \
         DO $$ DECLARE t REGCLASS; BEGIN \
           FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema::regnamespace \
             AND relname NOT LIKE '\\_\\_diesel%' AND relname <> 'later' \
           LOOP EXECUTE format('ALTER TABLE %s ADD COLUMN later_note TEXT, \
             ADD COLUMN later_count BIGINT NOT NULL DEFAULT 0', t); END LOOP; \
         END $$",
    );
    let widened = database.sql(
        "SELECT count(*) FROM information_schema.columns \
         WHERE table_schema = current_schema AND column_name = 'later_note'",
    );
    assert!(widened.parse::<u32>().unwrap() > 10, "{widened}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_a_later_release_has_migrated_is_served() {
    let database = Database::new();
    let url = migrated(&database);
    let mut platform = on(&url).start();
    let before = Broadcast::prepare(&platform);
    migrate_as_a_later_release(&database);
    for broadcast in [before, Broadcast::prepare(&platform)] {
        let encoder = Encoder::start(&platform, &broadcast.secret).await;
        Broadcast::wait_for_key(&platform, "ACTIVE");
        broadcast.start(&platform);
        drop(encoder);
        broadcast.wait_for_room(&platform, "LIVE_INACTIVE");
        assert_eq!(broadcast.end(&platform)["videoRoomState"], "ENDED");
        Broadcast::wait_for_key(&platform, "INACTIVE");

        // Again with a process that finds the store as the later release left it.
        assert!(platform.stop().success());
        platform = on(&url).start();
        platform.get(&format!("{}/readyz", platform.http)).expect(200);
    }
}

#[test]
fn processes_that_start_together_make_one_first_app() {
    let database = Database::new();
    let url = database.url();
    let starts: Vec<_> = (0..3)
        .map(|_| {
            let options = Options::first_start().set("storage.url", &url);
            std::thread::spawn(move || options.command(&["serve", "--migrate"]).start())
        })
        .collect();
    let platforms: Vec<_> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    let told = platforms
        .iter()
        .filter(|platform| platform.stdout().contains("APP_SECRET="));
    assert_eq!(told.count(), 1);
    assert_eq!(database.sql("SELECT count(*) FROM apps"), "1");
}
