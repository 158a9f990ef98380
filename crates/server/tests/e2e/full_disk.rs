//! The disk under SQLite is full: refused clearly, nothing broken, and over when there is room again.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::disk::Disk;
use crate::house::House;
use crate::player::Playlist;
use crate::publisher;
use crate::sqlite::assert_sound;
use crate::support::{Directory, Options, wait_until};

/// A disk of two megabytes.
fn small_disk(directory: &Directory) -> Option<Disk> {
    Disk::mount(directory.path(), "2m")
}

fn store(disk: &Disk) -> PathBuf {
    disk.place().join("videoroom.db")
}

fn on(disk: &Disk, directory: &Directory) -> Options {
    Options::with_app()
        .within(directory)
        .set("storage.url", &format!("sqlite:{}", store(disk).display()))
        .set("media.segment_duration", "1s")
}

/// Makes rooms until one is refused, as it must be before long; answers those that were made.
fn make_rooms(house: &House) -> Vec<Value> {
    let wanted = json!({"appUserId": "1", "type": "BROADCAST_RTMP", "title": "Foo", "scheduledAt": "2026-01-01T00:00:00Z",
        "description": "x".repeat(5_000)});
    let mut made = Vec::new();
    for _ in 0..1_000 {
        let asked = Instant::now();
        let answer = house.platform.call("POST", "/video-rooms", Some(wanted.clone()));
        if answer.status == 201 {
            made.push(answer.json()["id"].clone());
            continue;
        }
        let refusal = answer.expect(503);
        assert_eq!(refusal["errorCode"], "SERVICE_UNAVAILABLE", "{refusal}");
        assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        return made;
    }
    panic!("the disk is not full: {} rooms", made.len());
}

fn assert_there(house: &House, rooms: &[Value]) {
    for room in rooms {
        house
            .platform
            .call("GET", &format!("/video-rooms/{room}"), None)
            .expect(200);
    }
    let listed = house
        .platform
        .call("GET", "/video-rooms?pageSize=1", None)
        .expect(200);
    assert_eq!(listed["totalElements"], rooms.len(), "{listed}");
}

fn newest(house: &House, live: &str) -> u64 {
    let answer = house.platform.get(&crate::house::beside(live, "video.m3u8"));
    assert_eq!(answer.status, 200, "{answer:?}");
    Playlist::parse(answer.body).next()
}

#[test]
fn a_full_disk_is_a_clear_503_and_over_when_there_is_room() {
    let directory = Directory::new();
    let Some(disk) = small_disk(&directory) else {
        return;
    };
    let mut house = House::with(on(&disk, &directory));
    let clip = publisher::make_clip(directory.path(), 4);
    let encoder = publisher::looped_clip(&clip, &house.address);
    let (on_air, live) = house.on_air();
    house.playlist(&live, "video.m3u8", 1);

    disk.fill();
    let mut rooms = make_rooms(&house);
    rooms.push(on_air.into());
    let told = house.platform.wait_for_log("make room");
    assert!(told.contains("SERVICE_UNAVAILABLE"), "{told}");
    assert_there(&house, &rooms);
    let before = newest(&house, &live);
    wait_until("viewers are served on", || {
        (newest(&house, &live) > before).then_some(())
    });
    drop(encoder);

    disk.make_room();
    house.await_room(on_air, "LIVE_INACTIVE");
    rooms.push(house.room().into());
    assert_there(&house, &rooms);
    assert!(house.platform.stop().success());
    assert_sound(&store(&disk));
}

#[test]
fn a_crash_while_the_disk_is_full_loses_nothing_that_was_answered() {
    let directory = Directory::new();
    let Some(disk) = small_disk(&directory) else {
        return;
    };
    let mut house = House::with(on(&disk, &directory));
    disk.fill();
    let mut rooms = make_rooms(&house);
    house.platform.crash();
    disk.make_room();
    assert_sound(&store(&disk));

    let house = House::with(on(&disk, &directory));
    rooms.push(house.room().into());
    assert_there(&house, &rooms);
}
