//! `Idempotency-Key`: a `POST` that is sent again is not done again.

use crate::http::{Answer, Request};
use crate::world::{KEYS, MEMBERS, Mood, OTHER_APP, ROOMS, World};

const ROOM: &str = r#"{"appUserId":"1","type":"BROADCAST_RTMP","scheduledAt":"2022-10-19T23:59:59.999Z"}"#;

fn keyed(request: Request, key: &str) -> Request {
    request.header("idempotency-key", key)
}

impl World {
    async fn post_once(&self, path: &str, body: Option<&str>, key: &str) -> Answer {
        let request = keyed(self.post(path), key);
        match body {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        }
    }

    async fn read(&self, path: &str) -> serde_json::Value {
        self.get(path).send().await.json()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_made_once_and_answered_as_it_now_is() {
    let world = World::new().await;
    world.member().await;
    let made = world.post_once(ROOMS, Some(ROOM), "a").await;
    assert_eq!(made.status, 201);
    let room = format!("{ROOMS}/{}", made.json()["id"]);
    let renamed = world.patch(&room).json(r#"{"title":"renamed"}"#).send().await;
    assert_eq!(renamed.status, 200);
    let again = world.post_once(ROOMS, Some(ROOM), "a").await;
    assert_eq!((again.status, again.json()), (201, renamed.json()));
    assert_eq!(world.read(ROOMS).await["totalElements"], 1);
    assert_eq!(world.post_once(ROOMS, Some(ROOM), "b").await.status, 201);
    assert_eq!(world.read(ROOMS).await["totalElements"], 2);
    assert_eq!(world.delete(&room).send().await.status, 204);
    let again = world.post_once(ROOMS, Some(ROOM), "a").await;
    assert_eq!(
        (again.status, again.error_code().as_str()),
        (404, "VIDEO_ROOM_NOT_FOUND"),
        "what it made is deleted"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_registered_or_logged_in_once_and_every_login_has_tokens() {
    let world = World::new().await;
    let body = r#"{"appUserId":"1","appUserName":"first"}"#;
    let member = format!("{MEMBERS}/1");
    for (path, status) in [(MEMBERS.to_owned(), 201), (format!("{MEMBERS}/login"), 200)] {
        let first = world.post_once(&path, Some(body), &path).await;
        assert_eq!(first.status, status, "{path}");
        let renamed = world
            .patch(&member)
            .json(r#"{"appUserName":"second"}"#)
            .send()
            .await;
        let again = world.post_once(&path, Some(body), &path).await;
        assert_eq!(again.status, status, "{path}");
        assert_eq!(world.read(&member).await, renamed.json(), "{path} was done again");
        if path == MEMBERS {
            assert_eq!(again.json(), renamed.json());
        } else {
            assert!(again.json()["accessToken"].is_string());
        }
    }
    for (path, status) in [("members/login-as-guest", 200), ("streaming-tokens", 201)] {
        let path = format!("/v2/apps/me/{path}");
        for _ in 0..2 {
            let answer = world.post_once(&path, None, "g").await;
            assert_eq!(answer.status, if path.contains("guest") { status } else { 422 });
        }
        for _ in 0..2 {
            assert_eq!(world.post_once(&path, None, &path).await.status, status);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_is_started_and_ended_once() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    let to = |state: &str| format!("{room}/rtmp-broadcast/state/{state}");
    let early = world.post_once(&to("live"), None, "live").await;
    assert_eq!(early.error_code(), "STREAM_KEY_STATE_NOT_ACTIVE");
    let publisher = world.publisher().await;
    let first = world.post_once(&to("live"), None, "live").await;
    assert_eq!(first.status, 200, "a refusal is not kept: {first:?}");
    let again = world.post_once(&to("live"), None, "live").await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    assert_eq!(
        world.post(&to("live")).send().await.error_code(),
        "VIDEO_ROOM_STATE_NOT_SCHEDULED"
    );
    publisher.leaves();
    world.until_key("INACTIVE_LIVE").await;
    for _ in 0..2 {
        let ended = world.post_once(&to("ended"), None, "ended").await;
        assert_eq!(
            (ended.status, &ended.json()["videoRoomState"]),
            (200, &"ENDED".into())
        );
    }
    let again = world.post_once(&to("live"), None, "live").await;
    assert_eq!(
        (again.status, &again.json()["videoRoomState"]),
        (200, &"ENDED".into()),
        "the room as it now is"
    );
    let room = world.room().await;
    for _ in 0..2 {
        let path = format!("{room}/rtmp-broadcast/state/cancelled");
        let cancelled = world.post_once(&path, None, "cancelled").await;
        assert_eq!(
            (cancelled.status, &cancelled.json()["videoRoomState"]),
            (200, &"CANCELLED".into())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_reissued_and_terminated_once() {
    let world = World::new().await;
    world.member().await;
    let reissue = format!("{KEYS}/1/reissue");
    let first = world.post_once(&reissue, None, "r").await;
    assert_eq!(first.status, 200);
    assert_eq!(world.post_once(&reissue, None, "r").await.json(), first.json());
    for path in [
        format!("{KEYS}/1/force-terminate"),
        format!("{MEMBERS}/1/stream-key/force-terminate"),
    ] {
        // With nothing to terminate it is done all the same.
        assert_eq!(world.post_once(&path, None, &path).await.status, 204);
        let publisher = world.publisher().await;
        assert_eq!(world.post_once(&path, None, &path).await.status, 204);
        world.until_key("ACTIVE").await;
        let other = format!("{path}2");
        assert_eq!(world.post_once(&path, None, &other).await.status, 204);
        let ended = world.stream_key().await;
        assert_eq!(ended["streamKeyState"], "INACTIVE");
        assert_eq!(world.post_once(&path, None, &other).await.status, 204);
        assert_eq!(world.stream_key().await, ended);
        drop(publisher);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_another_request_is_refused_and_another_apps_key_is_another() {
    let world = World::new().await;
    world.member().await;
    assert_eq!(world.post_once(ROOMS, Some(ROOM), "k").await.status, 201);
    let other_body = ROOM.replace("999Z", "998Z");
    for (path, body) in [
        (ROOMS.to_owned(), Some(other_body.as_str())),
        (format!("{MEMBERS}/login"), Some(ROOM)),
        (format!("{KEYS}/1/reissue"), None),
    ] {
        let refused = world.post_once(&path, body, "k").await;
        assert_eq!(
            (refused.status, refused.error_code().as_str()),
            (422, "IDEMPOTENCY_KEY_REUSED"),
            "{path}"
        );
    }
    assert_eq!(world.read(ROOMS).await["totalElements"], 1);
    let theirs = world.bare("POST", MEMBERS).header("authorization", OTHER_APP);
    let theirs = keyed(theirs, "k").json(r#"{"appUserId":"1"}"#).send().await;
    assert_eq!(theirs.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_still_worked_on_is_told_and_one_that_failed_is_done_anew() {
    let world = World::new().await;
    world.member().await;
    world.store_is(Mood::IsDown);
    assert_eq!(world.post_once(ROOMS, Some(ROOM), "k").await.status, 503);
    world.store_is(Mood::HoldsWrites);
    let first = tokio::spawn({
        let request = keyed(world.post(ROOMS), "k").json(ROOM);
        async move { request.send().await }
    });
    world.until_a_write_is_held().await;
    let second = world.post_once(ROOMS, Some(ROOM), "k").await;
    assert_eq!(
        (second.status, second.error_code().as_str()),
        (409, "IDEMPOTENCY_KEY_IN_PROGRESS")
    );
    world.store_is(Mood::Works);
    let first = first.await.unwrap();
    assert_eq!(first.status, 201);
    let third = world.post_once(ROOMS, Some(ROOM), "k").await;
    assert_eq!((third.status, third.json()), (201, first.json()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_none_is_refused_after_the_body_and_ignored_where_nothing_is_posted() {
    let world = World::new().await;
    world.member().await;
    let long = "k".repeat(256);
    for key in ["", "a b", "ä", long.as_str()] {
        for (path, body) in [(ROOMS, Some(ROOM)), ("/v2/apps/me/streaming-tokens", None)] {
            let refused = world.post_once(path, body, key).await;
            assert_eq!(
                (refused.status, refused.error_code().as_str()),
                (400, "INVALID_REQUEST_PARAMETER"),
                "{key:?}"
            );
        }
    }
    let twice = keyed(keyed(world.post(ROOMS), "a"), "b").json(ROOM).send().await;
    assert_eq!(twice.error_code(), "INVALID_REQUEST_PARAMETER");
    let no_json = keyed(world.post(ROOMS), "").json("x").send().await;
    assert_eq!(no_json.error_code(), "INVALID_HTTP_MESSAGE_BODY");
    assert_eq!(keyed(world.get(ROOMS), "").send().await.status, 200);
    assert_eq!(
        world.post_once(ROOMS, Some(ROOM), &"k".repeat(255)).await.status,
        201
    );
}
