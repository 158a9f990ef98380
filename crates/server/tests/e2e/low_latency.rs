//! Low latency as it is really served: judged rule by rule, and played a second or two behind live.

use std::thread;
use std::time::Duration;

use hls_check::{Report, watch};

use crate::house::House;
use crate::player;
use crate::publisher;

fn assert_keeps_the_rules(report: &Report) {
    assert!(report.violations.is_empty(), "{report:#?}");
    assert!(report.playlists > 3, "{report:#?}");
}

fn judge(live: &str, seconds: u64) -> Report {
    watch(live, Duration::from_secs(seconds)).expect("playlists to judge")
}

#[test]
fn playlists_keep_every_rule_live_during_an_interruption_after_it_and_at_the_end() {
    let house = House::open();
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let url = live.clone();
    let judged = thread::spawn(move || judge(&url, 24));
    house.playlist(&live, "video.m3u8", 3);
    let report = judge(&live, 4);
    assert_keeps_the_rules(&report);
    assert!(report.blocked > 6, "{report:#?}");

    first.kill();
    house.await_room(room, "LIVE_INACTIVE");
    let segments = house.playlist(&live, "video.m3u8", 3).durations.len();
    assert_keeps_the_rules(&judge(&live, 4));

    let second = publisher::larger_picture_and_sound(&house.address);
    house.await_room(room, "LIVE");
    house.playlist(&live, "video.m3u8", segments + 1);
    assert_keeps_the_rules(&judge(&live, 4));
    assert_keeps_the_rules(&judged.join().expect("a report"));

    second.kill();
    house.await_room(room, "LIVE_INACTIVE");
    house.move_to(room, "ended").expect(200);
    let ended = watch(&live, Duration::from_secs(2)).expect("the playlists of an ended room");
    assert!(ended.violations.is_empty(), "{ended:#?}");
}

#[test]
fn the_watch_page_is_two_seconds_behind_live_and_plays_on_over_an_interruption() {
    let house = House::open();
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    house.playlist(&live, "audio.m3u8", 2);
    let id = live.split('/').rev().nth(1).expect("a playback id");
    let page = format!("{}/watch/{id}", house.platform.http);
    let seen = player::browser(&page, 8, None);
    let latency = seen["latencySeconds"].as_f64().expect("a latency");
    assert!(latency < 2.0, "{seen}");
    assert_eq!(seen["errorCount"], 0, "{seen}");

    let watched = thread::spawn(move || player::browser(&page, 18, None));
    thread::sleep(Duration::from_secs(5));
    first.kill();
    house.await_room(room, "LIVE_INACTIVE");
    let _second = publisher::larger_picture_and_sound(&house.address);
    house.await_room(room, "LIVE");
    let seen = watched.join().expect("a report");
    assert_eq!(
        (&seen["videoRoomState"], &seen["width"]),
        (&"LIVE".into(), &854.into()),
        "{seen}"
    );
    assert_eq!(seen["restarts"], 0, "{seen}");
    let latency = seen["latencySeconds"].as_f64().expect("a latency");
    assert!(latency < 4.0, "{seen}");
}

#[test]
fn players_without_low_latency_play_the_same_playlists_as_ordinary_hls() {
    let house = House::open();
    let _encoder = publisher::picture_and_sound(&house.address);
    let (_room, live) = house.on_air();
    let playlist = house.playlist(&live, "video.m3u8", 3);
    assert!(playlist.text.contains("#EXT-X-PRELOAD-HINT"), "{}", playlist.text);
    assert_eq!(player::complaints(&live, 4), "");
    let (pictures, sounds) = player::gstreamer(&live, 10);
    assert!(
        pictures > 150 && sounds > 200,
        "{pictures} pictures, {sounds} sounds"
    );
}
