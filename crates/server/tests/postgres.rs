//! The platform on PostgreSQL: migrations, a whole broadcast, an outage of the server, processes beside each other.

#[path = "../../adapters/tests/postgres_support/mod.rs"]
mod postgres_support;
mod support;

use std::time::{Duration, Instant};

use bytes::Bytes;
use media::flv::{Looped, read_file};
use media::rtmp::client::Publisher;
use postgres_support::{Database, Server};
use serde_json::{Value, json};
use support::{Directory, Options, Platform, wait_until};
use tokio::task::JoinHandle;

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

/// An encoder that loops the demo's clip in real time until it is dropped, and is content as long as it is let.
struct Encoder(JoinHandle<()>);

impl Encoder {
    async fn start(platform: &Platform, secret: &str) -> Self {
        let clip = include_bytes!("../assets/clip.flv");
        let clip = read_file(&Bytes::from_static(clip)).unwrap();
        let round = Looped::duration_of(&clip);
        let url = format!("{}/live/{secret}", platform.rtmp);
        let mut publisher = Publisher::connect(&url).await.unwrap();
        Self(tokio::spawn(async move {
            let start = tokio::time::Instant::now();
            for media in Looped::new(clip, round) {
                let at = Duration::from_millis(media.timestamp.into());
                tokio::time::sleep_until(start + at).await;
                publisher.send(&media).await.unwrap();
            }
        }))
    }

    fn publishes(&self) -> bool {
        !self.0.is_finished()
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A member's broadcast, by the calls that a back end makes.
struct Broadcast {
    secret: String,
    room: String,
}

impl Broadcast {
    fn prepare(platform: &Platform) -> Self {
        let member = json!({"appUserId": "alice", "appUserName": "Alice"});
        platform.call("POST", "/members", Some(member)).expect(201);
        let key = platform
            .call("GET", "/members/alice/stream-key", None)
            .expect(200);
        let room = json!({
            "appUserId": "alice", "type": "BROADCAST_RTMP", "title": "Hello", "scheduledAt": "2030-01-01T00:00:00Z",
        });
        let room = platform.call("POST", "/video-rooms", Some(room)).expect(201);
        Self {
            secret: key["streamKey"].as_str().unwrap().to_owned(),
            room: format!("/video-rooms/{}", room["id"]),
        }
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

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_server_is_felt_by_the_api_alone() {
    let mut server = Server::start(&[], |_| ());
    let database = server.database();
    let platform = on(&migrated(&database)).start();
    let broadcast = Broadcast::prepare(&platform);
    let encoder = Encoder::start(&platform, &broadcast.secret).await;
    Broadcast::wait_for_key(&platform, "ACTIVE");
    let play = broadcast.start(&platform);
    wait_until("there is a segment to play", || {
        playlist(&platform, &play).contains("#EXTINF").then_some(())
    });

    server.stop();
    let asked = Instant::now();
    let refused = platform.call("GET", &broadcast.room, None);
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(platform.get(&format!("{}/readyz", platform.http)).status, 503);
    let before = playlist(&platform, &play);
    wait_until("the playlist goes on without the store", || {
        (playlist(&platform, &play) != before).then_some(())
    });
    assert!(encoder.publishes());
    drop(encoder);

    server.restart();
    let back = Instant::now();
    broadcast.wait_for_room(&platform, "LIVE_INACTIVE");
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    assert_eq!(broadcast.end(&platform)["videoRoomState"], "ENDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_puts_right_what_is_its_own_and_leaves_what_is_another_ones() {
    let database = Database::new();
    let url = migrated(&database);
    let mut one = on(&url).set("node.name", "one").start();
    let broadcast = Broadcast::prepare(&one);
    let encoder = Encoder::start(&one, &broadcast.secret).await;
    Broadcast::wait_for_key(&one, "ACTIVE");
    one.crash();
    drop(encoder);

    let other = on(&url).set("node.name", "other").start();
    Broadcast::wait_for_key(&other, "ACTIVE");
    let again = on(&url).set("node.name", "one").start();
    Broadcast::wait_for_key(&again, "INACTIVE");
    Broadcast::wait_for_key(&other, "INACTIVE");
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
