//! A platform with a member, and the calls that every broadcast makes.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::player::Playlist;
use crate::support::{Answer, Options, Platform, wait_until};

/// A platform with member `1`.
pub(crate) struct House {
    pub(crate) platform: Platform,
    /// Where the member publishes.
    pub(crate) address: String,
}

impl House {
    #[track_caller]
    pub(crate) fn open() -> Self {
        Self::with(Options::with_app())
    }

    #[track_caller]
    pub(crate) fn with(options: Options) -> Self {
        let platform = options.start();
        platform
            .call(
                "POST",
                "/members",
                Some(json!({"appUserId": "1", "appUserName": "foobar"})),
            )
            .expect(201);
        let key = platform.call("GET", "/members/1/stream-key", None).expect(200);
        let address = format!(
            "{}/{}",
            key["ingestUrl"].as_str().unwrap(),
            key["streamKey"].as_str().unwrap()
        );
        Self { platform, address }
    }

    pub(crate) fn key(&self) -> Value {
        self.platform
            .call("GET", "/members/1/stream-key", None)
            .expect(200)
    }

    #[track_caller]
    pub(crate) fn await_key(&self, state: &str) {
        wait_until(&format!("the stream key is {state}"), || {
            (self.key()["streamKeyState"] == state).then_some(())
        });
    }

    #[track_caller]
    pub(crate) fn room(&self) -> i64 {
        let wanted = json!({"appUserId": "1", "type": "BROADCAST_RTMP", "title": "Foo",
            "scheduledAt": "2026-01-01T00:00:00Z"});
        self.platform
            .call("POST", "/video-rooms", Some(wanted))
            .expect(201)["id"]
            .as_i64()
            .unwrap()
    }

    pub(crate) fn get(&self, room: i64) -> Value {
        self.platform
            .call("GET", &format!("/video-rooms/{room}"), None)
            .expect(200)
    }

    #[track_caller]
    pub(crate) fn await_room(&self, room: i64, state: &str) {
        wait_until(&format!("the room is {state}"), || {
            (self.get(room)["videoRoomState"] == state).then_some(())
        });
    }

    pub(crate) fn move_to(&self, room: i64, state: &str) -> Answer {
        self.platform.call(
            "POST",
            &format!("/video-rooms/{room}/rtmp-broadcast/state/{state}"),
            None,
        )
    }

    /// Puts a new room on air once the key is playable; answers its id and `liveUrl`.
    #[track_caller]
    pub(crate) fn on_air(&self) -> (i64, String) {
        self.await_key("ACTIVE");
        let room = self.room();
        let live = self.move_to(room, "live").expect(200);
        (room, live["liveUrl"].as_str().expect("a liveUrl").to_owned())
    }

    /// A rendition's playlist beside `liveUrl`, when it has at least so many segments.
    #[track_caller]
    pub(crate) fn playlist(&self, live: &str, rendition: &str, segments: usize) -> Playlist {
        let url = beside(live, rendition);
        wait_until(&format!("{rendition} has {segments} segments"), || {
            let answer = self.platform.get(&url);
            if answer.status != 200 {
                return None;
            }
            let playlist = Playlist::parse(answer.body);
            if playlist.durations.len() >= segments {
                return Some(playlist);
            }
            sleep(Duration::from_millis(100));
            None
        })
    }
}

/// The address of another file beside a playlist.
pub(crate) fn beside(live: &str, name: &str) -> String {
    let (directory, _) = live.rsplit_once('/').expect("an address with a path");
    format!("{directory}/{name}")
}
