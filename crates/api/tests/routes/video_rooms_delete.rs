//! `DELETE /video-rooms/{videoRoomId}`.

use crate::world::{ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_room_is_gone() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    let deleted = world.delete(&room).send().await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    for answer in [world.delete(&room).send().await, world.get(&room).send().await] {
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (404, "VIDEO_ROOM_NOT_FOUND")
        );
    }
    assert_eq!(world.get(ROOMS).send().await.json()["totalElements"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_a_room_on_air_takes_it_off() {
    let world = World::new().await;
    let (room, id, _publisher) = world.on_air("PUBLIC").await;
    let playlist = format!("/live/{id}/index.m3u8");
    assert_eq!(world.bare("GET", &playlist).send().await.status, 200);
    assert_eq!(world.delete(&room).send().await.status, 204);
    assert_eq!(world.bare("GET", &playlist).send().await.status, 404);
    world.until_key("INACTIVE").await;
}
