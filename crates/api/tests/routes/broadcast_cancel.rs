//! `POST /video-rooms/{videoRoomId}/rtmp-broadcast/state/cancelled`.

use crate::world::{ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_room_says_since_when_and_is_cancelled_once() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    let path = format!("{room}/rtmp-broadcast/state/cancelled");
    let answer = world.post(&path).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["videoRoomState"], "CANCELLED");
    assert_eq!(answer.json()["cancelledAt"], "2022-10-19T06:41:09.865054Z");
    assert_eq!(world.get(&room).send().await.json(), answer.json());
    let again = world.post(&path).send().await;
    assert_eq!(
        (again.status, again.error_code().as_str()),
        (400, "VIDEO_ROOM_STATE_NOT_SCHEDULED")
    );
    let nowhere = world.post(&format!("{ROOMS}/404/rtmp-broadcast/state/cancelled"));
    assert_eq!(nowhere.send().await.error_code(), "VIDEO_ROOM_NOT_FOUND");
}
