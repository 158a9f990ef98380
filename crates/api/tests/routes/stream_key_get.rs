//! `GET /members/{appUserId}/stream-key`.

use crate::json::pretty;
use crate::world::{MEMBERS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_key_says_where_to_publish() {
    let world = World::new().await;
    world.member().await;
    let answer = world.get(&format!("{MEMBERS}/1/stream-key")).send().await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    insta::assert_snapshot!(pretty(answer.text()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_with_a_playable_stream_says_where_its_preview_is() {
    let world = World::new().await;
    world.member().await;
    let publisher = world.publisher().await;
    let key = world.stream_key().await;
    assert_eq!(key["streamKeyState"], "ACTIVE");
    let url = key["liveUrl"].as_str().unwrap();
    assert!(
        url.starts_with("https://video.example/live/playback") && url.ends_with("/index.m3u8"),
        "{url}"
    );
    assert_eq!(key["cmafHlsPlayUrl"], url);
    assert!(!url.contains(key["streamKey"].as_str().unwrap()));

    publisher.fails("no key frame within 20 s");
    world.until_key("INACTIVE").await;
    let key = world.stream_key().await;
    assert!(key["liveUrl"].is_null() && key["cmafHlsPlayUrl"].is_null());
    assert_eq!(key["error"]["message"], "no key frame within 20 s");
    assert_eq!(key["error"]["occurredAt"], "2022-10-19T06:41:09.865054Z");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_on_air_tells_its_room() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let key = world.stream_key().await;
    assert_eq!(key["streamKeyState"], "ACTIVE_LIVE");
    assert_eq!(key["videoRoom"]["videoRoomState"], "LIVE");
    assert_eq!(key["videoRoom"]["title"], "Foo Video Room");
    assert!(
        !key["liveUrl"].as_str().unwrap().contains(&id),
        "the preview is not the broadcast"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_member_has_no_key() {
    let world = World::new().await;
    let answer = world.get(&format!("{MEMBERS}/1/stream-key")).send().await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (404, "MEMBER_NOT_FOUND")
    );
}
