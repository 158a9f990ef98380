//! Publishers that are not let in, and bytes that are none of RTMP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::house::{House, beside};
use crate::publisher;
use crate::support::PATIENCE;

#[test]
fn a_publisher_with_an_unknown_key_is_told_so() {
    let house = House::open();
    let (address, _) = house.address.rsplit_once('/').unwrap();
    let encoder = publisher::picture_and_sound(&format!("{address}/not-a-key"));
    assert!(!encoder.finishes());
    assert_eq!(house.key()["streamKeyState"], "INACTIVE");
}

#[test]
fn a_second_publisher_is_refused_and_the_first_goes_on() {
    let house = House::open();
    let _first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let second = publisher::picture_and_sound(&house.address);
    assert!(!second.finishes());
    assert_eq!(house.get(room)["videoRoomState"], "LIVE");
    let one = house.playlist(&live, "video.m3u8", 1).next();
    assert!(house.playlist(&live, "video.m3u8", 3).next() > one);
}

#[test]
fn bytes_that_are_not_rtmp_end_their_connection_and_disturb_nobody() {
    let house = House::open();
    let _encoder = publisher::picture_and_sound(&house.address);
    let (_room, live) = house.on_air();
    let host = house
        .address
        .strip_prefix("rtmp://")
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    for garbage in [
        &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..],
        &[0xff; 4096],
        &[3; 1536 * 4],
    ] {
        let mut stream = TcpStream::connect(&host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(garbage).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // A reset is as good an end as a close.
        let _ = stream.read_to_end(&mut answer);
    }
    let idle = TcpStream::connect(&host).unwrap();
    idle.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    assert_eq!(
        (&idle).read(&mut [0; 16]).unwrap(),
        0,
        "a connection that says nothing is closed within 5 s"
    );
    house.playlist(&live, "video.m3u8", 3);
}

#[test]
fn the_stream_key_is_in_no_address_and_no_log() {
    let house = House::open();
    let _encoder = publisher::picture_and_sound(&house.address);
    let (_room, live) = house.on_air();
    let secret = house.address.rsplit_once('/').unwrap().1;
    let multivariant = house.platform.get(&live).body;
    let video = house.platform.get(&beside(&live, "video.m3u8")).body;
    for text in [&live, &multivariant, &video, &house.platform.log()] {
        assert!(!text.contains(secret), "{text}");
    }
}
