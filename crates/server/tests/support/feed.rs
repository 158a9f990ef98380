//! An app's feed of events, held against the state machines: no gap, and no step that they do not have.

#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Caller;

/// An event: what it is about, and the state that this came into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    /// `room 7` or `key 1`.
    pub(crate) of: String,
    pub(crate) state: String,
}

/// Everything that happened in the app, in order. Numbers are counted from 1, without a gap.
pub(crate) fn read(caller: &Caller) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let path = format!("/events?after={}", events.len());
        let answer = caller
            .call("GET", &path, None, None)
            .expect("an answer")
            .expect(200);
        let more = answer["events"].as_array().expect("events");
        if more.is_empty() {
            return events;
        }
        for event in more {
            assert_eq!(event["sequence"], events.len() + 1, "a gap before {event}");
            events.push(Event::of(event));
        }
    }
}

impl Event {
    /// What an event or a notification says.
    pub(crate) fn of(event: &Value) -> Self {
        let data = &event["data"];
        let (of, state) = match data["videoRoomId"].as_i64() {
            Some(room) => (format!("room {room}"), &data["videoRoomVideoRoomState"]),
            None => (
                format!("key {}", data["streamKeyId"]),
                &data["streamKeyStreamKeyState"],
            ),
        };
        let state = state.as_str().expect("a state").to_owned();
        Self { of, state }
    }
}

/// Asserts that each room and each key went from state to state as its machine allows.
pub(crate) fn assert_lawful(events: &[Event]) {
    let mut states: BTreeMap<&str, &str> = BTreeMap::new();
    for (event, number) in events.iter().zip(1..) {
        let before = states.insert(&event.of, &event.state);
        let before = before.unwrap_or(if event.of.starts_with("key") {
            "INACTIVE"
        } else {
            ""
        });
        assert!(
            follows(before, &event.state),
            "event {number}: {} went from {before:?} to {}",
            event.of,
            event.state
        );
    }
}

/// How often a room or a key came into a state.
pub(crate) fn count(events: &[Event], of: &str, state: &str) -> usize {
    events
        .iter()
        .filter(|event| event.of == of && event.state == state)
        .count()
}

fn follows(before: &str, after: &str) -> bool {
    let allowed: &[&str] = match before {
        "" => &["SCHEDULED"],
        "SCHEDULED" => &["LIVE", "CANCELLED"],
        "LIVE" => &["LIVE_INACTIVE", "ENDED"],
        "LIVE_INACTIVE" => &["LIVE", "ENDED"],
        "INACTIVE" => &["ACTIVE_PREP"],
        "ACTIVE_PREP" => &["ACTIVE", "INACTIVE"],
        "ACTIVE" => &["ACTIVE_LIVE", "INACTIVE"],
        "ACTIVE_LIVE" => &["INACTIVE_LIVE", "INACTIVE"],
        "INACTIVE_LIVE" => &["ACTIVE_LIVE_PREP", "INACTIVE"],
        "ACTIVE_LIVE_PREP" => &["ACTIVE_LIVE", "INACTIVE_LIVE", "INACTIVE"],
        _ => &[],
    };
    allowed.contains(&after)
}
