//! The process dies in the middle of a broadcast.

use crate::house::House;
use crate::player::complaints;
use crate::publisher;
use crate::support::Options;

#[test]
fn after_kill_9_the_state_is_right_before_it_is_ready_and_the_broadcast_goes_on() {
    let house = House::open();
    let encoder = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let before = house.playlist(&live, "video.m3u8", 2);
    let directory = house.platform.directory().clone();
    let path = live.split_once("/live/").expect("a play path").1.to_owned();
    let mut platform = house.platform;
    platform.crash();
    encoder.kill();

    let house = House::with(Options::with_app().within(&directory));
    assert_eq!(house.get(room)["videoRoomState"], "LIVE_INACTIVE");
    assert_eq!(house.key()["streamKeyState"], "INACTIVE_LIVE");
    let live = format!("{}/live/{path}", house.platform.http);
    assert_eq!(house.get(room)["liveUrl"], live.as_str());
    let nothing_yet = house.platform.get(&live);
    assert_eq!(
        (nothing_yet.status, nothing_yet.header("retry-after")),
        (503, Some("1"))
    );

    let _back = publisher::picture_and_sound(&house.address);
    house.await_room(room, "LIVE");
    let after = house.playlist(&live, "video.m3u8", 2);
    assert!(
        after.media_sequence >= before.next(),
        "numbers never fall: {} {}",
        before.text,
        after.text
    );
    let sequence = |text: &str| {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix("#EXT-X-DISCONTINUITY-SEQUENCE:"));
        value
            .expect("a discontinuity sequence")
            .parse::<u64>()
            .expect("a number")
    };
    assert!(
        sequence(&after.text) > sequence(&before.text),
        "{} {}",
        before.text,
        after.text
    );
    assert_eq!(complaints(&live, 3), "");
}
