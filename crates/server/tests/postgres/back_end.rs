//! A back end that makes, changes, broadcasts and deletes rooms of one member through processes that die under it. Every
//! call is made until it is answered, through one process after the other; so it knows of each room what must be there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::doors::{Doors, Wanderer};
use crate::support::{Answer, PATIENCE};

/// What a back end knows of the rooms that it made: their titles and states.
pub(crate) type Rooms = BTreeMap<i64, (String, &'static str)>;

/// The state of a room that was deleted.
pub(crate) const GONE: &str = "GONE";

pub(crate) struct BackEnd {
    doors: Doors,
    member: String,
    secret: String,
    calls: usize,
    /// How many calls had to be made again.
    pub(crate) unanswered: usize,
    pub(crate) rooms: Rooms,
}

impl BackEnd {
    /// The back end of a new member.
    pub(crate) fn of(doors: &Doors, member: &str) -> Self {
        let mut back_end = Self {
            doors: doors.clone(),
            member: member.to_owned(),
            secret: String::new(),
            calls: 0,
            unanswered: 0,
            rooms: Rooms::new(),
        };
        let body = json!({"appUserId": member, "appUserName": member});
        back_end
            .answered("POST", "/members", None, Some(&body))
            .0
            .expect(201);
        let key = back_end.key();
        key["streamKey"]
            .as_str()
            .expect("a text")
            .clone_into(&mut back_end.secret);
        back_end
    }

    /// Changes things until it is over. Must be within a runtime, for its publisher.
    pub(crate) fn works_until(&mut self, over: &Arc<AtomicBool>) {
        for number in 0.. {
            let room = self.makes(number);
            match number % 4 {
                0 => self.broadcasts(room),
                1 => self.renames(room),
                2 => self.changes(
                    room,
                    "CANCELLED",
                    "POST",
                    "/rtmp-broadcast/state/cancelled",
                    &["VIDEO_ROOM_STATE_NOT_SCHEDULED"],
                ),
                _ => self.changes(room, GONE, "DELETE", "", &["VIDEO_ROOM_NOT_FOUND"]),
            }
            if over.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// The member's key, as the next process tells it.
    pub(crate) fn key(&mut self) -> Value {
        let path = format!("/members/{}/stream-key", self.member);
        self.answered("GET", &path, None, None).0.expect(200)
    }

    /// Makes a call until it is answered; also says whether an earlier attempt was not, and may have been done.
    fn answered(
        &mut self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> (Answer, bool) {
        let begun = Instant::now();
        let mut again = false;
        loop {
            self.calls += 1;
            match self.doors.caller(self.calls).call(method, path, key, body) {
                // The process that died had not even let go of the key yet.
                Ok(answer) if again && answer.body.contains("IDEMPOTENCY_KEY_IN_PROGRESS") => {}
                Ok(answer) => {
                    assert!(answer.status < 500, "{method} {path}: {answer:?}");
                    return (answer, again);
                }
                Err(_) => {
                    again = true;
                    self.unanswered += 1;
                }
            }
            assert!(begun.elapsed() < PATIENCE, "{method} {path} is never answered");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn makes(&mut self, number: usize) -> i64 {
        let title = format!("{} {number}", self.member);
        let wanted = json!({"appUserId": self.member, "type": "BROADCAST_RTMP", "title": title,
            "scheduledAt": "2030-01-01T00:00:00Z"});
        let key = format!("{}-{number}", self.member);
        let (made, _) = self.answered("POST", "/video-rooms", Some(&key), Some(&wanted));
        let room = made.expect(201)["id"].as_i64().expect("a number");
        let twice = self.rooms.insert(room, (title, "SCHEDULED"));
        assert_eq!(twice, None);
        room
    }

    fn renames(&mut self, room: i64) {
        let title = format!("{} of {room}", self.member);
        let body = json!({"title": title});
        let (renamed, _) = self.answered("PATCH", &format!("/video-rooms/{room}"), None, Some(&body));
        assert_eq!(renamed.expect(200)["title"], *title);
        self.rooms.insert(room, (title, "SCHEDULED"));
    }

    fn notes(&mut self, room: i64, state: &'static str) {
        self.rooms.get_mut(&room).expect("a room that was made").1 = state;
    }

    /// Makes a change that succeeds once. Made again, it may be refused with one of these: it was done.
    fn changes(&mut self, room: i64, to: &'static str, method: &str, call: &str, done: &[&str]) {
        let (answer, again) = self.answered(method, &format!("/video-rooms/{room}{call}"), None, None);
        if answer.status >= 300 {
            let code = &answer.json()["errorCode"];
            assert!(again && done.iter().any(|done| code == done), "{answer:?}");
        }
        self.notes(room, to);
    }

    /// A whole broadcast, with a publisher who comes back whenever it is cut off.
    fn broadcasts(&mut self, room: i64) {
        let publisher = Wanderer::start(&self.doors, &self.secret);
        self.moves(
            room,
            "live",
            "VIDEO_ROOM_STATE_NOT_SCHEDULED",
            &["STREAM_KEY_STATE_NOT_ACTIVE"],
        );
        self.notes(room, "LIVE");
        drop(publisher);
        self.moves(
            room,
            "ended",
            "VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE",
            &[
                "VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE",
                "STREAM_KEY_STATE_NOT_INACTIVE_LIVE",
            ],
        );
        self.notes(room, "ENDED");
    }

    /// Puts a room on or off the air as soon as that is possible; it is not while it is refused with `not_yet`. Made
    /// again, it may be refused with `done`: then the room itself tells.
    fn moves(&mut self, room: i64, to: &str, done: &str, not_yet: &[&str]) {
        let begun = Instant::now();
        let path = format!("/video-rooms/{room}");
        let mut ever_again = false;
        loop {
            let call = format!("{path}/rtmp-broadcast/state/{to}");
            let (answer, again) = self.answered("POST", &call, None, None);
            ever_again |= again;
            if answer.status == 200 {
                return;
            }
            let code = answer.json()["errorCode"].clone();
            if ever_again && code == done {
                let state = self.answered("GET", &path, None, None).0.expect(200)["videoRoomState"].clone();
                if (state == "ENDED") == (to == "ended") {
                    return;
                }
            }
            assert!(not_yet.iter().any(|not_yet| code == *not_yet), "{answer:?}");
            assert!(
                begun.elapsed() < PATIENCE,
                "the room never comes to be {to}: {answer:?}"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}
