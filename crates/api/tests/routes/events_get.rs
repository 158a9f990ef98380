//! `GET /v2/apps/me/events`.

use std::time::{Duration, Instant};

use crate::http::answer;
use crate::world::{OTHER_APP, World};

const EVENTS: &str = "/v2/apps/me/events";

/// Waits until the server has taken a request up and waits for an event, so that what comes next is what wakes it.
async fn until_somebody_waits(world: &World, before: usize) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while world.reads() <= before {
        assert!(Instant::now() < deadline, "nobody ever read the feed");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[actix_web::test]
async fn events_come_in_order_as_the_contract_has_them() {
    let world = World::new().await;
    let (_room, _id, _publisher) = world.on_air("PUBLIC").await;
    let all = world.get(EVENTS).send().await;
    assert_eq!(all.status, 200);
    insta::assert_json_snapshot!(all.json());
    let rest = world.get(&format!("{EVENTS}?after=4")).send().await;
    assert_eq!(rest.json()["events"][0]["sequence"], 5);
    let none = world.get(&format!("{EVENTS}?after=5")).send().await;
    assert_eq!(none.json(), serde_json::json!({"events": [], "next": 5}));
}

#[actix_web::test]
async fn an_app_sees_its_own_events_only() {
    let world = World::new().await;
    world.on_air("PUBLIC").await;
    let other = world.bare("GET", EVENTS).header("authorization", OTHER_APP);
    assert_eq!(
        other.send().await.json(),
        serde_json::json!({"events": [], "next": 0})
    );
}

#[actix_web::test]
async fn whoever_waits_is_answered_when_something_happens() {
    let world = World::new().await;
    world.member().await;
    let before = world.reads();
    let waiting = world
        .get(&format!("{EVENTS}?after=0&waitSeconds=30"))
        .begin()
        .await;
    until_somebody_waits(&world, before).await;
    let began = Instant::now();
    world.room().await;
    let got = answer(waiting).await;
    assert_eq!(got.json()["events"][0]["type"], "VIDEO_ROOM_SCHEDULED");
    assert_eq!(got.json()["next"], 1);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "answered long before the wait is over"
    );
}

#[actix_web::test]
async fn waiting_in_vain_ends_with_nothing() {
    let world = World::new().await;
    let got = world.get(&format!("{EVENTS}?after=0&waitSeconds=1")).send().await;
    assert_eq!(got.json(), serde_json::json!({"events": [], "next": 0}));
}

#[actix_web::test]
async fn whoever_waits_is_answered_when_the_server_stops() {
    let world = World::new().await;
    let before = world.reads();
    let waiting = world.get(&format!("{EVENTS}?waitSeconds=30")).begin().await;
    until_somebody_waits(&world, before).await;
    world.state.stop();
    assert_eq!(answer(waiting).await.status, 200);
}

#[actix_web::test]
async fn a_number_that_no_event_has_had_is_refused() {
    let world = World::new().await;
    for query in [
        "after=1",
        "after=-1",
        "after=x",
        "waitSeconds=31",
        "after=99999999999999999999",
    ] {
        let refused = world.get(&format!("{EVENTS}?{query}")).send().await;
        assert_eq!(
            (refused.status, refused.error_code().as_str()),
            (400, "INVALID_REQUEST_PARAMETER"),
            "{query}"
        );
    }
}

#[actix_web::test]
async fn the_feed_is_for_the_app_alone() {
    let world = World::new().await;
    let refused = world.bare("GET", EVENTS).send().await;
    assert_eq!(refused.error_code(), "EMPTY_APP_CREDENTIALS");
    let refused = world.post(EVENTS).send().await;
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"));
}
