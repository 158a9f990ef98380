//! A reader who looks at rooms and keys all the while, through every process, and holds each answer against what must
//! always hold.
//!
//! A room and its key are compared as one answer shows them: two answers are of two moments. What two answers can show
//! is that time goes on: what a reader has seen of a room, through any process, is never undone in a later answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::support::{Answer, Caller};

/// One that reads until it is told to end.
pub(crate) struct Reader {
    over: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Reader {
    /// One that goes from door to door.
    pub(crate) fn of(doors: Vec<Caller>) -> Self {
        let over = Arc::<AtomicBool>::default();
        let until = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let mut seen = Seen::default();
            for door in doors.iter().cycle() {
                seen.look(door);
                if until.load(Ordering::Relaxed) {
                    break;
                }
            }
            seen.answers
        });
        Self { over, thread }
    }

    /// Ends it. It has looked often, and has seen nothing that must not be.
    pub(crate) fn ends(self) {
        self.over.store(true, Ordering::Relaxed);
        let answers = self.thread.join().expect("the reader saw what must not be");
        eprintln!("the reader has seen {answers} answers");
        assert!(answers > 20, "{answers} answers");
    }
}

#[derive(Default)]
struct Seen {
    answers: usize,
    /// How far each room has come, as far as was seen.
    rooms: HashMap<i64, u8>,
}

/// How far a room is that can't be found any more.
const GONE: u8 = 3;

impl Seen {
    fn get(&mut self, door: &Caller, path: &str) -> Answer {
        self.answers += 1;
        door.call("GET", path, None, None).expect("an answer")
    }

    fn look(&mut self, door: &Caller) {
        let listed = self.get(door, "/video-rooms?pageSize=100").expect(200);
        let rooms = listed["content"].as_array().expect("rooms");
        for room in rooms {
            self.holds(room);
        }
        let on_air = rooms.iter().filter(|room| is_on_air(&room["videoRoomState"]));
        assert!(on_air.count() <= 1, "two rooms of one member: {listed}");
        assert!(rooms.len() < 100, "there may be more than one page");
        // Whoever was seen and is not there any more was deleted, and does not come back.
        for (id, far) in &mut self.rooms {
            if !rooms.iter().any(|room| room["id"] == *id) {
                *far = GONE;
            }
        }

        for state in ["LIVE", "LIVE_INACTIVE"] {
            let listed = self
                .get(door, &format!("/video-rooms?videoRoomState={state}"))
                .expect(200);
            for room in listed["content"].as_array().expect("rooms") {
                assert_eq!(room["videoRoomState"], state, "{room}");
                self.holds(room);
            }
        }

        let key = self.get(door, "/members/alice/stream-key").expect(200);
        assert_pair(&key["videoRoom"]["videoRoomState"], &key["streamKeyState"], &key);
        let keys = self.get(door, "/stream-keys").expect(200);
        for key in keys["content"].as_array().expect("keys") {
            assert_pair(&key["videoRoom"]["videoRoomState"], &key["streamKeyState"], key);
        }

        let Some(newest) = self.rooms.keys().max().copied() else {
            return;
        };
        let room = self.get(door, &format!("/video-rooms/{newest}"));
        if room.status == 404 {
            self.rooms.insert(newest, GONE);
        } else {
            self.holds(&room.expect(200));
        }
    }

    /// A room as an answer shows it, with the key that is bound to it.
    fn holds(&mut self, room: &Value) {
        let state = &room["videoRoomState"];
        if is_on_air(state) {
            assert_pair(state, &room["streamKey"]["streamKeyState"], room);
        } else {
            assert_eq!(room["streamKey"], Value::Null, "{room}");
        }
        let far = match state.as_str() {
            Some("SCHEDULED") => 0,
            Some("LIVE" | "LIVE_INACTIVE") => 1,
            Some("ENDED" | "CANCELLED") => 2,
            _ => panic!("what state is that? {room}"),
        };
        let id = room["id"].as_i64().expect("a number");
        let before = self.rooms.insert(id, far).unwrap_or_default();
        assert!(before <= far, "it was further before: {room}");
    }
}

fn is_on_air(room: &Value) -> bool {
    room == "LIVE" || room == "LIVE_INACTIVE"
}

/// A room is `LIVE` exactly when the key bound to it is `ACTIVE_LIVE`, and so on. No room: `null`.
fn assert_pair(room: &Value, key: &Value, whole: &Value) {
    let expected = match key.as_str() {
        Some("ACTIVE_LIVE") => Some("LIVE"),
        Some("INACTIVE_LIVE" | "ACTIVE_LIVE_PREP") => Some("LIVE_INACTIVE"),
        Some("INACTIVE" | "ACTIVE_PREP" | "ACTIVE") => None,
        _ => panic!("what state is that? {whole}"),
    };
    assert_eq!(room.as_str(), expected, "{whole}");
}
