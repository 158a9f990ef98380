//! The disk under PostgreSQL is full: refused clearly, and over when there is room again.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::disk::Disk;
use crate::postgres_support::{Server, give_to_postgres};
use crate::support::{Platform, wait_until};
use crate::{Broadcast, Encoder, migrated, on};

/// Makes rooms until one is refused, as it must be before long; answers the paths of those that were made.
fn make_rooms(platform: &Platform) -> Vec<String> {
    let wanted = json!({"appUserId": "alice", "type": "BROADCAST_RTMP", "title": "Foo",
        "scheduledAt": "2030-01-01T00:00:00Z", "description": "x".repeat(5_000)});
    let mut made = Vec::new();
    for _ in 0..2_000 {
        let asked = Instant::now();
        let answer = platform.call("POST", "/video-rooms", Some(wanted.clone()));
        if answer.status == 201 {
            made.push(format!("/video-rooms/{}", answer.json()["id"]));
            continue;
        }
        let refusal = answer.expect(503);
        assert_eq!(refusal["errorCode"], "SERVICE_UNAVAILABLE", "{refusal}");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        return made;
    }
    panic!("the disk is not full: {} rooms", made.len());
}

/// What a full disk is in the log of the program.
const TOLD: &str = "No space left on device";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_the_server_is_a_clear_503_and_over_when_there_is_room() {
    let server = Server::start(&[], |_| ());
    let Some(disk) = Disk::mount(server.directory(), "24m") else {
        return;
    };
    let space = disk.place().join("space");
    fs::create_dir(&space).expect("a directory");
    give_to_postgres(&space);
    let database = server.database();
    database.sql(&format!("CREATE TABLESPACE small LOCATION '{}'", space.display()));
    database.sql("ALTER ROLE postgres SET default_tablespace = 'small'");
    let mut platform = on(&migrated(&database)).start();
    let broadcast = Broadcast::prepare(&platform);
    let encoder = Encoder::start(&platform, &broadcast.secret).await;
    Broadcast::wait_for_key(&platform, "ACTIVE");
    broadcast.start(&platform);

    disk.fill();
    let mut rooms = make_rooms(&platform);
    platform.wait_for_log(TOLD);
    rooms.push(broadcast.room.clone());
    for room in &rooms {
        platform.call("GET", room, None).expect(200);
    }
    assert!(encoder.publishes());
    broadcast.wait_for_room(&platform, "LIVE");
    drop(encoder);

    disk.make_room();
    broadcast.wait_for_room(&platform, "LIVE_INACTIVE");
    assert_eq!(broadcast.end(&platform)["videoRoomState"], "ENDED");
    let again = Broadcast::of(&platform, "bob");
    rooms.push(again.room);
    wait_until("every room that was answered is there", || {
        let listed = platform.call("GET", "/video-rooms?pageSize=1", None).expect(200);
        (listed["totalElements"] == rooms.len()).then_some(())
    });
    assert!(platform.stop().success());
}
