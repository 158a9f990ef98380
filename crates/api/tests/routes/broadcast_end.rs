//! `POST /video-rooms/{videoRoomId}/rtmp-broadcast/state/ended`.

use crate::json::{assert_fields_of_seed, pretty};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_room_is_answered_as_in_the_seed() {
    let world = World::new().await;
    let (room, _, publisher) = world.on_air("PUBLIC").await;
    publisher.leaves();
    world.until_key("INACTIVE_LIVE").await;
    let answer = world
        .post(&format!("{room}/rtmp-broadcast/state/ended"))
        .send()
        .await;
    assert_eq!(answer.status, 200);
    assert_fields_of_seed(answer.text(), include_str!("../seed/end.json"));
    insta::assert_snapshot!(pretty(answer.text()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_whose_publisher_is_there_can_not_be_ended() {
    let world = World::new().await;
    let (room, _, _publisher) = world.on_air("PUBLIC").await;
    let answer = world
        .post(&format!("{room}/rtmp-broadcast/state/ended"))
        .send()
        .await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (400, "VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE")
    );
}
