//! `PATCH /video-rooms/{videoRoomId}`.

use crate::world::{OTHER_APP, ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_absent_stays_and_null_clears() {
    let world = World::new().await;
    world.member().await;
    let path = world.room().await;
    let body = r#"{"description":null,"accessLevel":"PRIVATE","scheduledAt":"2030-01-01T09:00:00+09:00"}"#;
    let answer = world.patch(&path).json(body).send().await;
    assert_eq!(answer.status, 200);
    let room = answer.json();
    assert_eq!(room["title"], "Foo Video Room");
    assert!(room["description"].is_null());
    assert_eq!(room["accessLevel"], "PRIVATE");
    assert_eq!(room["scheduledAt"], "2030-01-01T00:00:00Z");
    assert_eq!(world.get(&path).send().await.json(), room);
    let cleared = world
        .patch(&path)
        .json(r#"{"title":null,"accessLevel":null}"#)
        .send()
        .await
        .json();
    assert_eq!(
        (&cleared["title"], &cleared["accessLevel"]),
        (&"".into(), &"PRIVATE".into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_has_its_code() {
    let world = World::new().await;
    let (path, _, _publisher) = world.on_air("PUBLIC").await;
    let long = format!(r#"{{"title":"{}"}}"#, "x".repeat(256));
    let nowhere = format!("{ROOMS}/404");
    for (path, body, expected) in [
        (
            &path,
            r#"{"scheduledAt":"2030-01-01T00:00:00Z"}"#,
            (400, "VIDEO_ROOM_STATE_NOT_SCHEDULED"),
        ),
        (
            &path,
            r#"{"scheduledAt":null}"#,
            (400, "EMPTY_VIDEO_ROOM_SCHEDULED_AT"),
        ),
        (
            &path,
            long.as_str(),
            (400, "VIDEO_ROOM_TITLE_SIZE_UPPER_LIMIT_EXCEEDED"),
        ),
        (
            &path,
            r#"{"accessLevel":"NOBODY"}"#,
            (400, "INVALID_HTTP_MESSAGE_BODY"),
        ),
        (&nowhere, "{}", (404, "VIDEO_ROOM_NOT_FOUND")),
    ] {
        let answer = world.patch(path).json(body).send().await;
        assert_eq!((answer.status, answer.error_code().as_str()), expected, "{body}");
    }
    let foreign = world
        .bare("PATCH", &path)
        .header("authorization", OTHER_APP)
        .send()
        .await;
    assert_eq!(foreign.error_code(), "VIDEO_ROOM_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_access_level_counts_at_once() {
    let world = World::new().await;
    let (room, id, _publisher) = world.on_air("PUBLIC").await;
    let play = format!("/live/{id}/index.m3u8");
    assert_eq!(world.bare("GET", &play).send().await.status, 200);
    let closed = world
        .patch(&room)
        .json(r#"{"accessLevel":"MEMBER"}"#)
        .send()
        .await;
    assert_eq!(closed.status, 200);
    assert_eq!(world.bare("GET", &play).send().await.status, 401);
}
