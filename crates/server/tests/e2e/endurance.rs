//! The watch page for minutes: over many switches of the publisher, and close to live without one.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::house::House;
use crate::player;
use crate::publisher;

fn watch_page(house: &House, live: &str) -> String {
    let id = live.split('/').rev().nth(1).expect("a playback id");
    format!("{}/watch/{id}", house.platform.http)
}

#[track_caller]
fn number(seen: &Value, name: &str) -> f64 {
    seen[name]
        .as_f64()
        .unwrap_or_else(|| panic!("no {name} in {seen}"))
}

#[track_caller]
fn assert_nothing_was_fatal(seen: &Value) {
    let errors = seen["errors"].as_array().expect("errors");
    let fatal = errors
        .iter()
        .filter(|error| error.as_str().is_some_and(|error| error.ends_with("(fatal)")));
    assert_eq!(fatal.count(), 0, "{seen}");
    assert_eq!(seen["restarts"], 0, "{seen}");
}

/// Interruptions, encoders that begin anew, and changes of resolution.
#[test]
#[ignore = "takes three minutes"]
fn the_watch_page_plays_on_over_twenty_switches_in_three_minutes() {
    let house = House::open();
    let mut encoder = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    house.playlist(&live, "audio.m3u8", 2);
    let page = watch_page(&house, &live);
    let watched = thread::spawn(move || player::browser(&page, 185, None));
    let began = Instant::now();
    for switch in 1..=20_u32 {
        let due = began + Duration::from_secs(9) * switch;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        encoder.kill();
        house.await_room(room, "LIVE_INACTIVE");
        encoder = if switch % 2 == 1 {
            publisher::larger_picture_and_sound(&house.address)
        } else {
            publisher::picture_and_sound(&house.address)
        };
    }
    let seen = watched.join().expect("a report");
    println!("{seen}");
    assert_nothing_was_fatal(&seen);
    assert_eq!(seen["videoRoomState"], "LIVE", "{seen}");
    // Each switch takes the encoder its time to come back and to fill a segment.
    assert!(number(&seen, "playedSeconds") > 90.0, "{seen}");
    assert!(number(&seen, "latencySeconds") < 6.0, "{seen}");
}

#[test]
#[ignore = "takes ten minutes"]
fn the_watch_page_stays_a_second_and_a_half_behind_live_for_ten_minutes_without_a_stall() {
    let house = House::open();
    let directory = TempDir::new().expect("a directory");
    // As long as the test: where a clip begins again, its sound has a hole, which players stumble over.
    let clip = publisher::make_clip(directory.path(), 660);
    let _encoder = publisher::clip(&clip, &house.address);
    let (_room, live) = house.on_air();
    house.playlist(&live, "audio.m3u8", 3);
    let seen = player::browser(&watch_page(&house, &live), 600, None);
    println!("{seen}");
    assert_nothing_was_fatal(&seen);
    assert_eq!(seen["stalls"], 0, "{seen}");
    assert!(number(&seen, "playedSeconds") > 598.0, "{seen}");
    assert!(number(&seen, "latencyP95") <= 1.5, "{seen}");
}
