//! `kill -9` of one process of two, at moments that nobody chose, while back ends change things through both and
//! publishers come back to either: what was answered is there, keys and rooms are put right, and the events and the
//! callbacks tell of everything, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use crate::back_end::{BackEnd, GONE, Rooms};
use crate::doors::{Doors, Wanderer};
use crate::feed::Event;
use crate::nodes::node;
use crate::postgres_support::Database;
use crate::receiver::Receiver;
use crate::support::{Platform, wait_until};
use crate::{Broadcast, feed, migrated};

/// Within this, what a dead process left must be put right.
const RIGHT_WITHIN: Duration = Duration::from_secs(15);

fn start(url: &str, name: &str) -> Platform {
    node(url, name)
        .set("limits.api_requests_per_second", "100000")
        .set("callbacks.allow_private_addresses", "true")
        .start()
}

/// Some number that the clock's last digits decide.
fn any_number() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.expect("after 1970").subsec_micros().into()
}

/// Whether nothing of a dead process is open any more: neither a session, nor a key that is bound to one.
fn is_put_right(database: &Database, dead: &str) -> bool {
    let open = format!("SELECT count(*) FROM sessions WHERE node = '{dead}' AND closed_at IS NULL");
    let keys = format!(
        "SELECT count(*) FROM stream_keys k JOIN sessions s ON s.id = k.session_id WHERE s.node = '{dead}'"
    );
    database.sql(&open) == "0" && database.sql(&keys) == "0"
}

async fn is_killed(times: u64) {
    let database = Database::new();
    let url = migrated(&database);
    let doors = Doors::default();
    let mut platforms = BTreeMap::new();
    for name in ["one", "other"] {
        let platform = start(&url, name);
        doors.open(name, &platform);
        platforms.insert(name, platform);
    }
    let receiver = Receiver::start();
    let callback = json!({"url": receiver.url});
    platforms["one"]
        .call("PUT", "/callback", Some(callback))
        .expect(200);

    let steady = Broadcast::of(&platforms["one"], "alice");
    let _publisher = Wanderer::start(&doors, &steady.secret);
    Broadcast::wait_for_key(&platforms["one"], "ACTIVE");
    steady.start(&platforms["other"]);
    let over = Arc::new(AtomicBool::new(false));
    let back_ends: Vec<_> = ["bob", "carol", "dave"]
        .map(|member| {
            let (mut back_end, over) = (BackEnd::of(&doors, member), Arc::clone(&over));
            tokio::task::spawn_blocking(move || {
                back_end.works_until(&over);
                back_end
            })
        })
        .into();

    for time in 1..=times {
        let (moment, begun) = (Duration::from_millis(300 + any_number() % 2_200), Instant::now());
        wait_until("it is time", || (begun.elapsed() > moment).then_some(()));
        let (dead, survivor) = if any_number().is_multiple_of(2) {
            ("one", "other")
        } else {
            ("other", "one")
        };
        doors.close(dead);
        platforms.get_mut(dead).expect("a process").crash();
        let killed = Instant::now();
        // Half of the time it is the other process that puts things right, and half of the time the same one, that is
        // started again at once.
        if time.is_multiple_of(2) {
            wait_until("another one puts right what it left", || {
                is_put_right(&database, dead).then_some(())
            });
        }
        platforms.insert(dead, start(&url, dead));
        if !time.is_multiple_of(2) {
            assert!(is_put_right(&database, dead), "before it is ready");
        }
        let right = killed.elapsed();
        doors.open(dead, &platforms[dead]);
        steady.wait_for_room(&platforms[survivor], "LIVE");
        eprintln!(
            "kill {time}, of {dead} after {moment:?}: right after {right:?}, on air again after {:?}",
            killed.elapsed()
        );
        assert!(killed.elapsed() < RIGHT_WITHIN, "{:?}", killed.elapsed());
    }

    over.store(true, Ordering::Relaxed);
    let mut done = Vec::new();
    for back_end in back_ends {
        done.push(back_end.await.expect("the back end was content"));
    }
    for platform in platforms.values() {
        for back_end in &done {
            assert_there(platform, &back_end.rooms);
        }
    }
    let caller = platforms["one"].caller();
    let mut members = BTreeMap::from([(format!("room {}", steady.id()), 0)]);
    for (back_end, member) in done.iter_mut().zip(1..) {
        let key = back_end.key();
        assert_eq!(key["streamKeyState"], "INACTIVE");
        members.insert(format!("key {}", key["id"]), member);
        members.extend(back_end.rooms.keys().map(|room| (format!("room {room}"), member)));
    }
    let events = feed::read(&caller);
    feed::assert_lawful(&events);
    for back_end in &done {
        assert_tell(&events, &back_end.rooms);
    }
    let made = events.iter().filter(|event| event.state == "SCHEDULED");
    let known = done.iter().map(|back_end| back_end.rooms.len());
    assert_eq!(made.count(), known.sum::<usize>() + 1, "nobody asked for more");
    assert_told(&events, &receiver, &members);
    let unanswered: usize = done.iter().map(|back_end| back_end.unanswered).sum();
    eprintln!("{} events; {unanswered} calls were made again", events.len());
}

/// Every room is as its back end knows it.
fn assert_there(platform: &Platform, rooms: &Rooms) {
    for (room, (title, state)) in rooms {
        let answer = platform.call("GET", &format!("/video-rooms/{room}"), None);
        if *state == GONE {
            answer.expect(404);
            continue;
        }
        let there = answer.expect(200);
        let told = (&there["title"], &there["videoRoomState"]);
        assert_eq!(told, (&json!(title), &json!(state)), "{there}");
    }
}

/// The feed tells of each room that it was made, and what became of it, once.
fn assert_tell(events: &[Event], rooms: &Rooms) {
    for (room, (_, state)) in rooms {
        let count = |state| feed::count(events, &format!("room {room}"), state);
        assert_eq!(count("SCHEDULED"), 1, "room {room}");
        assert_eq!(count("ENDED"), usize::from(*state == "ENDED"), "room {room}");
        assert_eq!(
            count("CANCELLED"),
            usize::from(*state == "CANCELLED"),
            "room {room}"
        );
        assert_eq!(count("LIVE") > 0, *state == "ENDED", "room {room}");
    }
}

/// The receiver is told of every event, and of what is about one member in order. The same may come again at once, where
/// the process that sent it died before it could note that.
fn assert_told(events: &[Event], receiver: &Receiver, members: &BTreeMap<String, usize>) {
    let mut told = 0;
    while told < events.len() {
        told = wait_until("more is told", || {
            let notes = receiver.notes().into_iter().map(|(sequence, _)| sequence);
            let known: BTreeSet<_> = notes.filter(|sequence| *sequence <= events.len()).collect();
            (known.len() > told).then_some(known.len())
        });
    }
    let (mut last, mut repeated) = (BTreeMap::new(), 0);
    for (sequence, event) in receiver.notes() {
        // The steady member's publisher may still come and go.
        let Some(known) = events.get(sequence - 1) else {
            continue;
        };
        assert_eq!(event, *known, "{sequence}");
        let member = members.get(&event.of).copied().unwrap_or_default();
        let before = last.insert(member, sequence).unwrap_or_default();
        assert!(before <= sequence, "{before} was told before {sequence}");
        repeated += usize::from(before == sequence);
    }
    eprintln!("{repeated} events were told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_kills_of_one_of_two_processes_lose_nothing_that_was_answered() {
    is_killed(3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn twenty_kills_of_one_of_two_processes_lose_nothing_that_was_answered() {
    is_killed(20).await;
}
