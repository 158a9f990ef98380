//! One broadcast, whole: what was sent is what is played.

use crate::house::{House, beside};
use crate::player::{assert_decoding_times_rise, complaints, drift, packets};
use crate::publisher;

#[test]
fn ffmpeg_publishes_and_ffmpeg_plays_two_second_segments_without_a_complaint() {
    let house = House::open();
    let encoder = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let video = house.playlist(&live, "video.m3u8", 3);
    for duration in &video.durations {
        assert!(
            (duration - 2.0).abs() < 0.002,
            "a segment of {duration} s: {}",
            video.text
        );
    }
    house.playlist(&live, "audio.m3u8", 3);
    assert_eq!(complaints(&live, 5), "");
    assert_decoding_times_rise(&packets(&live, 6));

    assert_eq!(
        house.move_to(room, "ended").expect(400)["errorCode"],
        "VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE"
    );
    encoder.kill();
    house.await_room(room, "LIVE_INACTIVE");
    let ended = house.move_to(room, "ended").expect(200);
    assert_eq!(ended["videoRoomState"], "ENDED");
    assert_eq!(ended["liveUrl"], serde_json::Value::Null);
    assert!(
        house.playlist(&live, "video.m3u8", 1).ended,
        "an ended room's playlist says so"
    );
}

#[test]
fn sound_and_picture_stay_together_within_40_ms_from_the_encoder_to_the_player() {
    let house = House::open();
    let clip = publisher::make_clip(house.platform.directory().path(), 14);
    let _encoder = publisher::clip(&clip, &house.address);
    let (_room, live) = house.on_air();
    house.playlist(&live, "audio.m3u8", 4);
    let played = packets(&live, 8);
    assert_decoding_times_rise(&played);
    let drift = drift(&clip, &played);
    assert!(
        drift < 40.0,
        "sound and picture moved by {drift} ms against each other"
    );
}

#[test]
fn what_was_shown_before_the_start_is_never_in_the_room() {
    let house = House::open();
    let _encoder = publisher::picture_and_sound(&house.address);
    house.await_key("ACTIVE");
    let preview = house.key()["liveUrl"].as_str().expect("a preview").to_owned();
    let shown = house.playlist(&preview, "video.m3u8", 2);
    let (_room, live) = house.on_air();
    assert_ne!(preview, live);
    let room = house.playlist(&live, "video.m3u8", 1);
    assert!(
        room.media_sequence >= shown.next(),
        "{} and {}",
        shown.text,
        room.text
    );
    let first = shown
        .text
        .lines()
        .find(|line| !line.starts_with('#'))
        .expect("a segment");
    assert_eq!(house.platform.get(&beside(&preview, first)).status, 200);
    assert_eq!(house.platform.get(&beside(&live, first)).status, 404);
}

#[test]
fn a_deleted_room_is_off_the_air_at_once_and_its_publisher_is_sent_off() {
    let house = House::open();
    let encoder = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    house.playlist(&live, "video.m3u8", 1);
    house
        .platform
        .call("DELETE", &format!("/video-rooms/{room}"), None)
        .expect(204);
    assert_eq!(house.platform.get(&live).status, 404);
    assert!(!encoder.finishes(), "the encoder is told off");
    house.await_key("INACTIVE");
}
