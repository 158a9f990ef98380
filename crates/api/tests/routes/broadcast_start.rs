//! `POST /video-rooms/{videoRoomId}/rtmp-broadcast/state/live`.

use crate::json::{assert_fields_of_seed, pretty};
use crate::world::{ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_started_room_is_answered_as_in_the_seed() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    let _publisher = world.publisher().await;
    let answer = world
        .post(&format!("{room}/rtmp-broadcast/state/live"))
        .send()
        .await;
    assert_eq!(answer.status, 200);
    assert_fields_of_seed(answer.text(), include_str!("../seed/start.json"));
    insta::assert_snapshot!(pretty(answer.text()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_reason_not_to_start_has_its_code() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    let start = async |room: &str| {
        let answer = world
            .post(&format!("{room}/rtmp-broadcast/state/live"))
            .send()
            .await;
        (answer.status, answer.error_code())
    };
    assert_eq!(
        start(&room).await,
        (400, "STREAM_KEY_STATE_NOT_ACTIVE".to_owned())
    );
    let webinar = world
        .post(ROOMS)
        .json(r#"{"appUserId":"1","type":"WEBINAR"}"#)
        .send()
        .await
        .json()["id"]
        .to_string();
    let webinar = format!("{ROOMS}/{webinar}");
    assert_eq!(
        start(&webinar).await,
        (400, "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP".to_owned())
    );
    assert_eq!(
        start(&format!("{ROOMS}/99")).await,
        (404, "VIDEO_ROOM_NOT_FOUND".to_owned())
    );
    assert_eq!(
        start(&format!("{ROOMS}/x")).await,
        (400, "INVALID_REQUEST_PARAMETER".to_owned())
    );
    let _publisher = world.publisher().await;
    assert_eq!(
        world
            .post(&format!("{room}/rtmp-broadcast/state/live"))
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        start(&room).await,
        (400, "VIDEO_ROOM_STATE_NOT_SCHEDULED".to_owned())
    );
}
