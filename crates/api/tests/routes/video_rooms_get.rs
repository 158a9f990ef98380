//! `GET /video-rooms/{videoRoomId}`.

use crate::json::{assert_fields_of_seed, pretty};
use crate::world::{OTHER_APP, ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_on_air_is_answered_as_in_the_seed() {
    let world = World::new().await;
    let (room, _, _publisher) = world.on_air("PUBLIC").await;
    let answer = world.get(&room).send().await;
    assert_eq!(answer.status, 200);
    assert_fields_of_seed(answer.text(), include_str!("../seed/get.json"));
    insta::assert_snapshot!(pretty(answer.text()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_room_keeps_its_key_and_its_address() {
    let world = World::new().await;
    let (room, _, publisher) = world.on_air("PUBLIC").await;
    let before = world.get(&room).send().await.json();
    publisher.leaves();
    world.until_key("INACTIVE_LIVE").await;
    let after = world.get(&room).send().await.json();
    assert_eq!(after["videoRoomState"], "LIVE_INACTIVE");
    assert_eq!(after["streamKey"]["streamKeyState"], "INACTIVE_LIVE");
    assert_eq!(after["liveUrl"], before["liveUrl"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_of_another_app_is_not_found() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    let foreign = world
        .bare("GET", &room)
        .header("authorization", OTHER_APP)
        .send()
        .await;
    assert_eq!(
        (foreign.status, foreign.error_code().as_str()),
        (404, "VIDEO_ROOM_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_is_no_positive_64_bit_number_is_a_bad_parameter() {
    let world = World::new().await;
    for id in ["0", "-1", "abc", "1.5", "9223372036854775808", "%FF"] {
        let answer = world.get(&format!("{ROOMS}/{id}")).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "INVALID_REQUEST_PARAMETER"),
            "{id}"
        );
    }
    let answer = world.get(&format!("{ROOMS}/9223372036854775807")).send().await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (404, "VIDEO_ROOM_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_is_get_without_the_body() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    let get = world.get(&room).send().await;
    let head = world
        .bare("HEAD", &room)
        .header("authorization", crate::world::FIRST_APP)
        .send()
        .await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
}
