//! `GET /live/{playbackId}/…` of rooms that are not `PUBLIC`.

use crate::http::Answer;
use crate::world::{MEMBERS, ROOMS, World, segment};

async fn member_token(world: &World, member: &str) -> String {
    let login = world.post(&format!("{MEMBERS}/login"));
    let answer = login.json(format!(r#"{{"appUserId":"{member}"}}"#)).send().await;
    answer.json()["streamingToken"].as_str().unwrap().to_owned()
}

fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.error_code().as_str()), (status, code));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("cache-control"), "no-store");
    let challenged = answer.header("www-authenticate").starts_with("Bearer ");
    assert_eq!(challenged, status == 401, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_exchanged_for_a_grant_in_the_path() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("MEMBER").await;
    let token = member_token(&world, "7").await;
    let asked = format!("/live/{id}/index.m3u8?_HLS_skip=YES&streamingToken={token}&x=y");
    let sent_on = world.bare("GET", &asked).send().await;
    assert_eq!((sent_on.status, sent_on.body.len()), (307, 0));
    assert_eq!(sent_on.header("cache-control"), "no-store");
    assert_eq!(sent_on.header("access-control-allow-origin"), "*");
    let location = sent_on.header("location").to_owned();
    // 24 hours after 2022-10-19T06:41, rounded up.
    assert!(
        location.starts_with(&format!("/live/{id}/g-462847-")),
        "{location}"
    );
    assert!(location.ends_with("/index.m3u8?_HLS_skip=YES&x=y"), "{location}");

    let playlist = world.bare("GET", &location).send().await;
    assert_eq!((playlist.status, playlist.text()), (200, "#EXTM3U\n#EXT-X\n"));
    assert_eq!(playlist.header("cache-control"), "no-cache");
    let (base, _) = location.split_once("/index.m3u8").unwrap();
    let media = world.bare("GET", &format!("{base}/video/1.m4s")).send().await;
    assert_eq!((media.status, &media.body[..]), (200, &segment()[..]));
    assert_eq!(
        media.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let other = format!("/live/{id}/video.m3u8?streamingToken={token}");
    let other = world.bare("GET", &other).send().await;
    assert_eq!(
        (other.status, other.header("location")),
        (307, format!("{base}/video.m3u8").as_str()),
        "everybody has the same grant, for whatever is asked for first"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_watch_is_told_so_and_what_would_help() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PRIVATE").await;
    let path = format!("/live/{id}/index.m3u8");
    let stranger = member_token(&world, "7").await;
    let with = async |query: &str| world.bare("GET", &format!("{path}?{query}")).send().await;
    assert_refused(&with("").await, 401, "EMPTY_STREAMING_TOKEN");
    assert_refused(&with("streamingToken=").await, 401, "EMPTY_STREAMING_TOKEN");
    assert_refused(&with("streamingToken=x").await, 401, "INVALID_STREAMING_TOKEN");
    assert_refused(
        &with(&format!("streamingToken={stranger}")).await,
        403,
        "STREAMING_NOT_ALLOWED",
    );
    assert_refused(
        &with(&format!("streamingToken={stranger}&streamingToken={stranger}")).await,
        400,
        "INVALID_REQUEST_PARAMETER",
    );
    let owner = member_token(&world, "1").await;
    assert_eq!(with(&format!("streamingToken={owner}")).await.status, 307);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_no_grant_or_a_bad_one_opens_nothing() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("APP").await;
    let zeros = "0".repeat(32);
    for (segment, code) in [
        (format!("g-462847-{zeros}"), "INVALID_STREAMING_TOKEN"),
        (format!("g-4294967295-{zeros}"), "INVALID_STREAMING_TOKEN"),
        (format!("g-1-{zeros}"), "INVALID_STREAMING_TOKEN"),
        (format!("g-0-{zeros}"), "EMPTY_STREAMING_TOKEN"),
        (format!("g-99999999999-{zeros}"), "EMPTY_STREAMING_TOKEN"),
        (format!("g-462847-{}", "0".repeat(2_000)), "EMPTY_STREAMING_TOKEN"),
        ("g-".to_owned(), "EMPTY_STREAMING_TOKEN"),
        ("00000000000000ff".to_owned(), "EMPTY_STREAMING_TOKEN"),
    ] {
        let path = format!("/live/{id}/{segment}/index.m3u8");
        assert_refused(&world.bare("GET", &path).send().await, 401, code);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_level_voids_a_grant_and_opening_the_room_voids_none() {
    let world = World::new().await;
    let (room, id, _publisher) = world.on_air("APP").await;
    let token = member_token(&world, "1").await;
    let asked = format!("/live/{id}/index.m3u8?streamingToken={token}");
    let granted = world
        .bare("GET", &asked)
        .send()
        .await
        .header("location")
        .to_owned();
    assert_eq!(world.bare("GET", &granted).send().await.status, 200);
    for (level, status) in [("PRIVATE", 401), ("PUBLIC", 200), ("APP", 200)] {
        let changed = world.patch(&room).json(format!(r#"{{"accessLevel":"{level}"}}"#));
        assert_eq!(changed.send().await.status, 200);
        let answer = world.bare("GET", &granted).send().await;
        assert_eq!(answer.status, status, "{level}");
    }
    let fresh = format!("{granted}?streamingToken={token}");
    assert_eq!(
        world.bare("GET", &fresh).send().await.status,
        200,
        "the grant is enough"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_is_played_with_and_without_anything_in_its_path() {
    let world = World::new().await;
    world.member().await;
    let _publisher = world.publisher().await;
    let key = world.stream_key().await;
    let id = key["liveUrl"].as_str().unwrap().split('/').nth(4).unwrap();
    let zeros = "0".repeat(32);
    for path in [
        format!("/live/{id}/index.m3u8"),
        format!("/live/{id}/index.m3u8?streamingToken=x"),
        format!("/live/{id}/g-1-{zeros}/index.m3u8"),
    ] {
        assert_eq!(world.bare("GET", &path).send().await.status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_segments_under_a_grant_ask_the_store_for_the_playback_id_alone() {
    let world = World::new().await;
    let (room, id, _publisher) = world.on_air("RESTRICTED").await;
    assert_eq!(
        world
            .post(MEMBERS)
            .json(r#"{"appUserId":"7"}"#)
            .send()
            .await
            .status,
        201
    );
    assert_eq!(world.put(&format!("{room}/whitelist/7")).send().await.status, 204);
    let token = member_token(&world, "7").await;
    let asked = format!("/live/{id}/video/1.m4s?streamingToken={token}");
    let granted = world
        .bare("GET", &asked)
        .send()
        .await
        .header("location")
        .to_owned();
    let (before, since) = (world.units_of_work(), std::time::Instant::now());
    for _ in 0..1_000 {
        let answer = world.bare("HEAD", &granted).send().await;
        assert_eq!((answer.status, answer.header("content-length")), (200, "150000"));
    }
    let (asked, seconds) = (world.units_of_work() - before, since.elapsed().as_secs());
    // One a second for the playback id, and one that the ingest looks with for what it is to disconnect.
    assert!(asked as u64 <= 2 * (seconds + 2), "{asked} in {seconds} s");
    assert!(world.get(ROOMS).send().await.status == 200 && world.units_of_work() > before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_of_a_closed_room_comes_with_granted_addresses() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("MEMBER").await;
    let token = member_token(&world, "7").await;
    let state = world.bare("GET", &format!("/watch/{id}/state?streamingToken={token}"));
    let state = state.send().await.json();
    let play = state["playUrl"].as_str().unwrap().to_owned();
    let grant = play.split('/').nth(3).unwrap();
    assert_eq!(play, format!("/live/{id}/{grant}/index.m3u8"));
    assert_eq!(state["stateUrl"], format!("/watch/{id}/{grant}/state"));
    assert_eq!(world.bare("GET", &play).send().await.status, 200);
    let next = world
        .bare("GET", state["stateUrl"].as_str().unwrap())
        .send()
        .await;
    assert_eq!((next.status, next.json()), (200, state));
    let made_up = format!("/watch/{id}/g-462847-{}/state", "0".repeat(32));
    let refused = world.bare("GET", &made_up).send().await;
    assert_eq!(
        (refused.status, refused.error_code().as_str()),
        (401, "INVALID_STREAMING_TOKEN")
    );
    let nonsense = world
        .bare("GET", &format!("/watch/{id}/nonsense/state"))
        .send()
        .await;
    assert_eq!(nonsense.status, 404);
}
