//! Encoders of every kind.

use crate::house::House;
use crate::player::{assert_decoding_times_rise, complaints, packets};
use crate::publisher;

#[test]
fn gstreamer_publishes_through_its_own_rtmp_client() {
    let house = House::open();
    let _encoder = publisher::gstreamer(&house.address);
    let (_room, live) = house.on_air();
    house.playlist(&live, "audio.m3u8", 3);
    assert_eq!(complaints(&live, 4), "");
    assert_decoding_times_rise(&packets(&live, 5));
}

#[test]
fn sound_alone_is_played() {
    let house = House::open();
    let _encoder = publisher::sound_only(&house.address);
    let (_room, live) = house.on_air();
    house.playlist(&live, "audio.m3u8", 2);
    let multivariant = house.platform.get(&live).body;
    assert!(
        multivariant.contains("mp4a.40.2") && !multivariant.contains("avc1"),
        "{multivariant}"
    );
    assert_eq!(complaints(&live, 3), "");
}

#[test]
fn a_picture_alone_is_played() {
    let house = House::open();
    let _encoder = publisher::picture_only(&house.address);
    let (_room, live) = house.on_air();
    house.playlist(&live, "video.m3u8", 2);
    let multivariant = house.platform.get(&live).body;
    assert!(
        multivariant.contains("avc1") && !multivariant.contains("mp4a"),
        "{multivariant}"
    );
    assert_eq!(complaints(&live, 3), "");
}
