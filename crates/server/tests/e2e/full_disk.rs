//! The disk under SQLite is full: refused clearly, nothing broken, and over when there is room again.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::house::House;
use crate::player::Playlist;
use crate::publisher;
use crate::sqlite::assert_sound;
use crate::support::{Directory, Options, wait_until};

/// A small disk in memory, unmounted when this is dropped.
struct Disk(PathBuf);

impl Disk {
    /// Mounts one in that directory, if this user may.
    fn mount(directory: &Directory) -> Option<Self> {
        let place = directory.path().join("disk");
        fs::create_dir(&place).expect("a directory");
        let mounted = as_root("mount")
            .args(["-t", "tmpfs", "-o", "size=2m,mode=0777", "tmpfs"])
            .arg(&place)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(place)),
            refused if std::env::var("CI").is_ok_and(|ci| ci == "true") => {
                panic!("a full disk can't be tested where nothing can be mounted: {refused:?}")
            }
            refused => {
                eprintln!("NOT TESTED: nothing can be mounted here: {refused:?}");
                None
            }
        }
    }

    fn store(&self) -> PathBuf {
        self.0.join("videoroom.db")
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = File::create(self.0.join("ballast")).expect("a file");
        while file.write_all(&[0; 4096]).is_ok() {}
        while file.write_all(&[0]).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).expect("the ballast");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever still has a file open keeps what is below it, not the mount.
        let _ = as_root("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn as_root(program: &str) -> Command {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    if id.stdout.trim_ascii() == b"0" {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

fn on(disk: &Disk, directory: &Directory) -> Options {
    Options::with_app()
        .within(directory)
        .set("storage.url", &format!("sqlite:{}", disk.store().display()))
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
    let Some(disk) = Disk::mount(&directory) else {
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
    assert_sound(&disk.store());
}

#[test]
fn a_crash_while_the_disk_is_full_loses_nothing_that_was_answered() {
    let directory = Directory::new();
    let Some(disk) = Disk::mount(&directory) else {
        return;
    };
    let mut house = House::with(on(&disk, &directory));
    disk.fill();
    let mut rooms = make_rooms(&house);
    house.platform.crash();
    disk.make_room();
    assert_sound(&disk.store());

    let house = House::with(on(&disk, &directory));
    rooms.push(house.room().into());
    assert_there(&house, &rooms);
}
