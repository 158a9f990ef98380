//! The watch page in headless Chromium.

use crate::house::House;
use crate::player;
use crate::publisher;

#[test]
fn the_watch_page_plays_a_room_and_shows_that_it_is_live() {
    let house = House::open();
    let _encoder = publisher::picture_and_sound(&house.address);
    let (_room, live) = house.on_air();
    house.playlist(&live, "audio.m3u8", 3);
    let id = live.split('/').rev().nth(1).expect("a playback id");
    let page = format!("{}/watch/{id}", house.platform.http);
    let seen = player::browser(&page, 6, None);
    assert_eq!(seen["videoRoomState"], "LIVE", "{seen}");
    let number = |name: &str| {
        seen[name]
            .as_f64()
            .unwrap_or_else(|| panic!("no {name} in {seen}"))
    };
    assert!(number("playedSeconds") > 4.5, "the picture moves: {seen}");
    assert!(
        number("droppedFrames") <= number("totalFrames") * 0.1,
        "few frames are dropped: {seen}"
    );
    assert_eq!(
        (&seen["width"], &seen["height"]),
        (&640.into(), &360.into()),
        "{seen}"
    );
}

#[test]
fn the_watch_page_plays_av1_and_opus() {
    let house = House::open();
    let _encoder = publisher::av1_and_opus(&house.address);
    let (_room, live) = house.on_air();
    let index = house.platform.get(&live).body;
    assert!(index.contains("av01.") && index.contains("opus"), "{index}");
    house.playlist(&live, "audio.m3u8", 3);
    let id = live.split('/').rev().nth(1).expect("a playback id");
    let seen = player::browser(&format!("{}/watch/{id}", house.platform.http), 4, None);
    let played = seen["playedSeconds"].as_f64().expect("a time");
    assert!(played > 2.5, "the picture moves: {seen}");
    assert_eq!(
        (&seen["width"], &seen["height"]),
        (&640.into(), &360.into()),
        "{seen}"
    );
}
