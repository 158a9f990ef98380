//! `kill -9` at moments that nobody chose, while an app changes things: what was answered is there afterwards, what was
//! not is there whole or not at all, and a request that is sent again under its key is done once.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use crate::house::House;
use crate::publisher::{self, Encoder};
use crate::sqlite::assert_sound;
use crate::support::{Caller, Directory, Options, wait_until};

/// How a room that was deleted is noted.
const GONE: &str = "GONE";

/// What the app knows of a room.
#[derive(Debug)]
struct Noted {
    idempotency_key: String,
    /// Unless the creation was not answered.
    id: Option<i64>,
    /// What it may be called: one title, or two while a change was not answered.
    titles: Vec<String>,
    /// Where it may be.
    states: Vec<&'static str>,
}

impl Noted {
    fn body(&self) -> Value {
        json!({"appUserId": "1", "type": "BROADCAST_RTMP", "title": self.first_title(), "scheduledAt": "2026-01-01T00:00:00Z"})
    }

    fn first_title(&self) -> String {
        format!("{} as made", self.idempotency_key)
    }

    fn may_be_on_air(&self) -> bool {
        self.states.contains(&"LIVE")
    }
}

/// The app's back end. Its calls are `None` when the platform is gone before it answers.
struct BackEnd {
    caller: Caller,
    address: String,
    rooms: Vec<Noted>,
}

impl BackEnd {
    fn call(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let answer = self.caller.call(method, path, key, body).ok()?;
        let value = serde_json::from_str(&answer.body).unwrap_or_default();
        Some((answer.status, value))
    }

    /// Changes things until the platform is gone.
    fn work(&mut self, clip: &Path) -> Option<()> {
        self.end_what_is_interrupted()?;
        let _encoder: Encoder = publisher::looped_clip(clip, &self.address);
        loop {
            self.make()?;
            let last = self.rooms.len() - 1;
            match last % 4 {
                0 => self.start(last)?,
                1 => self.rename(last)?,
                2 => self.change(last, "CANCELLED", "POST", "/rtmp-broadcast/state/cancelled")?,
                _ => self.change(last, GONE, "DELETE", "")?,
            }
        }
    }

    fn make(&mut self) -> Option<()> {
        let idempotency_key = format!("room-{}", self.rooms.len());
        self.rooms.push(Noted {
            titles: vec![format!("{idempotency_key} as made")],
            idempotency_key,
            id: None,
            states: vec!["SCHEDULED"],
        });
        self.make_again(self.rooms.len() - 1)
    }

    /// Sends the request that makes a room, the first time or again.
    fn make_again(&mut self, which: usize) -> Option<()> {
        let room = &self.rooms[which];
        let (status, made) = self.call(
            "POST",
            "/video-rooms",
            Some(&room.idempotency_key),
            Some(&room.body()),
        )?;
        assert_eq!(status, 201, "{made}");
        let id = made["id"].as_i64();
        assert!(room.id.is_none() || room.id == id, "made twice: {room:?} {made}");
        self.rooms[which].id = id;
        Some(())
    }

    fn rename(&mut self, which: usize) -> Option<()> {
        let title = format!("{} renamed", self.rooms[which].idempotency_key);
        self.rooms[which].titles.push(title.clone());
        let path = self.path(which);
        let (status, answer) = self.call("PATCH", &path, None, Some(&json!({"title": title})))?;
        assert_eq!(status, 200, "{answer}");
        self.rooms[which].titles = vec![title];
        Some(())
    }

    fn change(&mut self, which: usize, to: &'static str, method: &str, call: &str) -> Option<()> {
        self.rooms[which].states.push(to);
        let path = format!("{}{call}", self.path(which));
        let (status, answer) = self.call(method, &path, None, None)?;
        assert!((200..300).contains(&status), "{status} {answer}");
        self.rooms[which].states = vec![to];
        Some(())
    }

    /// Goes on air, if the key is playable by now and nothing else is on air.
    fn start(&mut self, which: usize) -> Option<()> {
        self.rooms[which].states = vec!["SCHEDULED", "LIVE", "LIVE_INACTIVE"];
        let path = format!("{}/rtmp-broadcast/state/live", self.path(which));
        let (status, answer) = self.call("POST", &path, None, None)?;
        self.rooms[which].states = match status {
            200 => vec!["LIVE", "LIVE_INACTIVE"],
            _ => {
                assert_eq!(answer["errorCode"], "STREAM_KEY_STATE_NOT_ACTIVE", "{status}");
                vec!["SCHEDULED"]
            }
        };
        Some(())
    }

    fn end_what_is_interrupted(&mut self) -> Option<()> {
        let Some(which) = self.rooms.iter().position(Noted::may_be_on_air) else {
            return Some(());
        };
        self.rooms[which].states.push("ENDED");
        let path = format!("{}/rtmp-broadcast/state/ended", self.path(which));
        let (status, answer) = self.call("POST", &path, None, None)?;
        assert_eq!(status, 200, "{answer}");
        self.rooms[which].states = vec!["ENDED"];
        Some(())
    }

    fn path(&self, which: usize) -> String {
        let id = self.rooms[which].id.expect("a room that was made");
        format!("/video-rooms/{id}")
    }

    /// Compares what is noted with what is there, and notes what was open.
    fn compare(&mut self) {
        let unanswered = self.rooms.iter().position(|room| room.id.is_none());
        let last = self.rooms.len().checked_sub(1);
        for which in unanswered.into_iter().chain(last) {
            // One that was deleted is no longer found under its key either.
            if self.rooms[which].states == ["SCHEDULED"] {
                self.make_again(which).expect("an answer");
            }
        }
        let mut there = self.list();
        for room in &mut self.rooms {
            let id = room.id.expect("every room was made by now");
            match there.remove(&id) {
                Some((title, state)) => {
                    assert!(room.titles.contains(&title), "{title}: {room:?}");
                    let state = room.states.iter().find(|noted| **noted == state);
                    let state = *state.unwrap_or_else(|| panic!("another state: {room:?}"));
                    room.titles = vec![title];
                    room.states = if state.starts_with("LIVE") {
                        vec!["LIVE", "LIVE_INACTIVE"]
                    } else {
                        vec![state]
                    };
                }
                None => {
                    assert!(room.states.contains(&GONE), "lost: {room:?}");
                    room.states = vec![GONE];
                }
            }
        }
        assert!(there.is_empty(), "nobody asked for these: {there:?}");
        self.assert_counts_and_events();
    }

    /// Titles and states of all rooms.
    fn list(&self) -> BTreeMap<i64, (String, String)> {
        let mut there = BTreeMap::new();
        for page in 0.. {
            let path = format!("/video-rooms?page={page}&pageSize=100");
            let (status, listed) = self.call("GET", &path, None, None).expect("an answer");
            assert_eq!(status, 200, "{listed}");
            let rooms = listed["content"].as_array().expect("rooms");
            for room in rooms {
                let text = |name: &str| room[name].as_str().expect("a text").to_owned();
                let id = room["id"].as_i64().expect("a number");
                let twice = there.insert(id, (text("title"), text("videoRoomState")));
                assert_eq!(twice, None, "listed twice: {room}");
            }
            if rooms.is_empty() {
                assert_eq!(listed["totalElements"], there.len(), "{listed}");
                break;
            }
        }
        there
    }

    /// Totals are those of the rooms, at most one is on air, and the events have no gap and tell each creation once.
    fn assert_counts_and_events(&self) {
        for state in ["SCHEDULED", "CANCELLED", "ENDED", "LIVE", "LIVE_INACTIVE"] {
            let path = format!("/video-rooms?pageSize=1&videoRoomState={state}");
            let (_, listed) = self.call("GET", &path, None, None).expect("an answer");
            let noted = match state {
                "LIVE" => 0,
                state => self
                    .rooms
                    .iter()
                    .filter(|room| room.states.contains(&state))
                    .count(),
            };
            assert_eq!(listed["totalElements"], noted, "{state}");
        }
        let on_air = self.rooms.iter().filter(|room| room.may_be_on_air()).count();
        assert!(on_air <= 1, "{on_air} rooms on one key");
        let (_, key) = self
            .call("GET", "/members/1/stream-key", None, None)
            .expect("an answer");
        let expected = if on_air == 1 { "INACTIVE_LIVE" } else { "INACTIVE" };
        assert_eq!(key["streamKeyState"], expected, "{key}");

        let (mut seen, mut scheduled) = (0, 0);
        loop {
            let (status, answer) = self
                .call("GET", &format!("/events?after={seen}"), None, None)
                .expect("an answer");
            assert_eq!(status, 200, "{answer}");
            let events = answer["events"].as_array().expect("events");
            if events.is_empty() {
                break;
            }
            for event in events {
                seen += 1;
                assert_eq!(event["sequence"], seen, "a gap before {event}");
                scheduled += usize::from(event["type"] == "VIDEO_ROOM_SCHEDULED");
            }
        }
        assert_eq!(
            scheduled,
            self.rooms.len(),
            "an event for each room that was made"
        );
    }
}

fn on(directory: &Directory) -> Options {
    Options::with_app()
        .within(directory)
        .set("limits.api_requests_per_second", "1000000")
}

/// A moment between a third of a second and two and a half, of which the clock's last digits decide.
fn a_moment() -> Duration {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    Duration::from_millis(300 + u64::from(now.subsec_micros() % 2_200))
}

fn is_killed(times: u32) {
    let directory = Directory::new();
    let store = directory.path().join("data/videoroom.db");
    let clip = publisher::make_clip(directory.path(), 4);
    let mut house = House::with(on(&directory));
    let mut back_end = BackEnd {
        caller: house.platform.caller(),
        address: String::new(),
        rooms: Vec::new(),
    };
    for time in 1..=times {
        back_end.address.clone_from(&house.address);
        let (moment, begun, before) = (a_moment(), Instant::now(), back_end.rooms.len());
        let clip = clip.clone();
        let working = thread::spawn(move || {
            back_end.work(&clip);
            back_end
        });
        wait_until("it is time", || (begun.elapsed() > moment).then_some(()));
        house.platform.crash();
        back_end = working.join().expect("the back end was content");
        eprintln!(
            "kill {time} after {moment:?}: {} rooms more",
            back_end.rooms.len() - before
        );

        house = House::with(on(&directory));
        back_end.caller = house.platform.caller();
        back_end.compare();
        assert_sound(&store);
    }
    assert!(back_end.rooms.len() > 4, "{:?}", back_end.rooms);
}

#[test]
fn four_kills_lose_nothing_that_was_answered() {
    is_killed(4);
}

#[test]
#[ignore = "takes a minute"]
fn twenty_kills_lose_nothing_that_was_answered() {
    is_killed(20);
}
