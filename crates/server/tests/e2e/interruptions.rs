//! Publishers that go and come back.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::house::House;
use crate::player::{assert_decoding_times_rise, complaints_from_the_oldest, packets};
use crate::publisher;

#[test]
fn an_interrupted_broadcast_goes_on_behind_a_discontinuity_at_the_same_address() {
    let house = House::open();
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let before = house.playlist(&live, "video.m3u8", 2);
    first.kill();
    house.await_room(room, "LIVE_INACTIVE");
    let meanwhile = house.playlist(&live, "video.m3u8", 2);
    assert!(
        !meanwhile.ended,
        "an interruption is not an end: {}",
        meanwhile.text
    );
    assert_eq!(house.get(room)["liveUrl"], Value::from(live.as_str()));

    let _second = publisher::larger_picture_and_sound(&house.address);
    house.await_room(room, "LIVE");
    assert_eq!(house.get(room)["liveUrl"], Value::from(live.as_str()));
    let after = house.playlist(&live, "video.m3u8", meanwhile.durations.len() + 2);
    assert_eq!(after.discontinuities, 1, "{}", after.text);
    assert_eq!(after.media_sequence, before.media_sequence, "{}", after.text);
    assert!(after.next() > meanwhile.next());
    assert_eq!(complaints_from_the_oldest(&live, 8), "");
}

#[test]
fn the_next_room_of_a_member_shows_nothing_of_the_one_before() {
    let house = House::open();
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    house.playlist(&live, "video.m3u8", 1);
    first.kill();
    house.await_room(room, "LIVE_INACTIVE");
    house.move_to(room, "ended").expect(200);
    let ended = house.playlist(&live, "video.m3u8", 1);

    let _second = publisher::picture_and_sound(&house.address);
    let (_next_room, next_live) = house.on_air();
    assert_ne!(live, next_live);
    let next = house.playlist(&next_live, "video.m3u8", 2);
    assert!(next.media_sequence >= ended.next());
    assert_eq!(
        house.playlist(&live, "video.m3u8", 1).text,
        ended.text,
        "the ended one stays as it was"
    );
    assert_decoding_times_rise(&packets(&next_live, 3));
}

#[test]
fn a_publisher_that_vanishes_without_closing_and_returns_is_let_in_within_five_seconds() {
    let house = House::open();
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let before = house.playlist(&live, "video.m3u8", 2);
    first.freeze();
    let began = Instant::now();
    let _second = publisher::picture_and_sound(&house.address);
    house.await_key("ACTIVE_LIVE_PREP");
    // The second one's start, and the five seconds of waiting.
    let waited = began.elapsed();
    assert!(waited < Duration::from_secs(6), "{waited:?}");
    house.await_room(room, "LIVE");
    let after = house.playlist(&live, "video.m3u8", before.durations.len() + 2);
    assert_eq!(after.discontinuities, 1, "{}", after.text);
}
