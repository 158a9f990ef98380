//! `POST /video-rooms`.

use std::time::Duration;

use socket2::SockRef;

use crate::json::{assert_fields_of_seed, pretty};
use crate::world::{Mood, ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_answered_as_in_the_seed() {
    let world = World::new().await;
    world.member().await;
    let body = r#"{"appUserId":"1","type":"BROADCAST_RTMP","title":"Foo Video Room","description":"Foo Video Room Description","accessLevel":"PUBLIC","scheduledAt":"2022-10-19T23:59:59.999Z"}"#;
    let answer = world.post(ROOMS).json(body).send().await;
    assert_eq!(answer.status, 201);
    assert_fields_of_seed(answer.text(), include_str!("../seed/create.json"));
    insta::assert_snapshot!(pretty(answer.text()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_told_in_the_contracts_order() {
    let world = World::new().await;
    let long = "x".repeat(256);
    for (status, body, code) in [
        (400, "", "EMPTY_VIDEO_ROOM_APP_USER_ID"),
        (400, r#"{"appUserId":" "}"#, "EMPTY_VIDEO_ROOM_APP_USER_ID"),
        (400, r#"{"appUserId":"1","title":"x"}"#, "EMPTY_VIDEO_ROOM_TYPE"),
        (400, r#"{"appUserId":"1","type":""}"#, "EMPTY_VIDEO_ROOM_TYPE"),
        (
            400,
            r#"{"appUserId":"1","type":"BROADCAST_RTMP"}"#,
            "EMPTY_VIDEO_ROOM_SCHEDULED_AT",
        ),
        (
            400,
            r#"{"appUserId":"1","type":"BROADCAST_RTMP","scheduledAt":""}"#,
            "EMPTY_VIDEO_ROOM_SCHEDULED_AT",
        ),
        (
            400,
            &format!(r#"{{"appUserId":"1","type":"WEBINAR","title":"{long}"}}"#),
            "VIDEO_ROOM_TITLE_SIZE_UPPER_LIMIT_EXCEEDED",
        ),
        (404, r#"{"appUserId":"1","type":"WEBINAR"}"#, "MEMBER_NOT_FOUND"),
    ] {
        let answer = world.post(ROOMS).json(body).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (status, code),
            "{body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_taken_as_an_app_user_id_and_any_offset_as_a_time() {
    let world = World::new().await;
    world.member().await;
    let body = r#"{"appUserId":1,"type":"BROADCAST_RTMP","scheduledAt":"2022-10-20T08:59:59.999+09:00"}"#;
    let room = world.post(ROOMS).json(body).send().await.json();
    assert_eq!(room["member"]["appUserId"], "1");
    assert_eq!(room["scheduledAt"], "2022-10-19T23:59:59.999Z");
    assert_eq!(room["title"], "");
    assert!(room["description"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_does_not_cancel_what_it_asked_for() {
    let world = World::new().await;
    world.member().await;
    world.store_is(Mood::HoldsWrites);
    let body = r#"{"appUserId":"1","type":"WEBINAR","title":"made all the same"}"#;
    let client = world.post(ROOMS).json(body).begin().await;
    world.until_a_write_is_held().await;
    // Reset, not closed: a client that only closes its half may still read an answer.
    SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    // The server hears of it before it hears of anything that comes later.
    assert_eq!(world.bare("GET", "/healthz").send().await.status, 200);
    world.store_is(Mood::Works);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let rooms = world.get(ROOMS).send().await.json();
        if rooms["content"][0]["title"] == "made all the same" {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the room was never made");
    }
}
