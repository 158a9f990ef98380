//! `GET /watch/{playbackId}`, its state and its files.

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_and_its_files_come_with_a_tag_and_a_policy() {
    let world = World::new().await;
    for (path, content_type) in [
        ("/watch/playback00000001", "text/html; charset=utf-8"),
        ("/watch/assets/player.js", "text/javascript; charset=utf-8"),
        ("/watch/assets/player.css", "text/css; charset=utf-8"),
    ] {
        let file = world.bare("GET", path).send().await;
        assert_eq!(
            (file.status, file.header("content-type")),
            (200, content_type),
            "{path}"
        );
        assert_eq!(file.header("cache-control"), "no-cache");
        assert!(
            file.header("content-security-policy")
                .starts_with("default-src 'self';")
        );
        let again = world
            .bare("GET", path)
            .header("if-none-match", file.header("etag"))
            .send()
            .await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
    let missing = world.bare("GET", "/watch/assets/secrets.js").send().await;
    assert_eq!(
        (missing.status, missing.error_code().as_str()),
        (404, "RESOURCE_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_asks_for_nothing_that_its_policy_forbids() {
    let world = World::new().await;
    let page = world.bare("GET", "/watch/playback00000001").send().await;
    let mut references = page.text().split(['"', '\'']);
    let foreign = references.find(|text| text.starts_with("http") || text.starts_with("//"));
    assert_eq!(foreign, None);
    for name in [
        "/watch/assets/player.js",
        "/watch/assets/player.css",
        "/watch/assets/hls.js",
    ] {
        assert!(page.text().contains(name), "{name}");
    }
    assert!(!page.text().contains("<style") && !page.text().contains("<script>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_follows_the_broadcast() {
    let world = World::new().await;
    let (room, id, publisher) = world.on_air("PUBLIC").await;
    let path = format!("/watch/{id}/state");
    let live = world.bare("GET", &path).send().await;
    let expected = format!(
        r#"{{"title":"Foo Video Room","videoRoomState":"LIVE","playUrl":"/live/{id}/index.m3u8","stateUrl":"/watch/{id}/state"}}"#
    );
    assert_eq!((live.status, live.text()), (200, expected.as_str()));

    publisher.leaves();
    world.until_key("INACTIVE_LIVE").await;
    assert_eq!(
        world
            .post(&format!("{room}/rtmp-broadcast/state/ended"))
            .send()
            .await
            .status,
        200
    );
    let ended = world.bare("GET", &path).send().await.json();
    assert_eq!(ended["videoRoomState"], "ENDED");
    assert_eq!(
        ended["playUrl"],
        format!("/live/{id}/index.m3u8"),
        "its media is still there"
    );

    assert_eq!(world.delete(&room).send().await.status, 204);
    let gone = world.bare("GET", &path).send().await;
    assert_eq!(
        (gone.status, gone.error_code().as_str()),
        (404, "RESOURCE_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_can_be_watched_too() {
    let world = World::new().await;
    world.member().await;
    let _publisher = world.publisher().await;
    let key = world.stream_key().await;
    let id = key["liveUrl"].as_str().unwrap().split('/').nth(4).unwrap();
    let state = world
        .bare("GET", &format!("/watch/{id}/state"))
        .send()
        .await
        .json();
    assert_eq!(
        (&state["title"], &state["videoRoomState"]),
        (&"Preview".into(), &"ACTIVE".into())
    );
    assert_eq!(state["playUrl"], format!("/live/{id}/index.m3u8"));
}
