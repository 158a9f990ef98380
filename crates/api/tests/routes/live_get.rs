//! `GET /live/{playbackId}/…`.

use ports::media::{Directives, Until};

use crate::world::{Mood, World, segment};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_playlist_is_asked_for_again_each_time_with_its_tag() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let path = format!("/live/{id}/index.m3u8");
    let answer = world.bare("GET", &path).send().await;
    assert_eq!((answer.status, answer.text()), (200, "#EXTM3U\n#EXT-X\n"));
    assert_eq!(answer.header("content-type"), "application/vnd.apple.mpegurl");
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert_eq!(answer.header("etag"), "\"v1\"");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("access-control-expose-headers")
            .contains("Content-Range")
    );

    let same = world
        .bare("GET", &path)
        .header("if-none-match", "W/\"v1\"")
        .send()
        .await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    assert_eq!(
        (same.header("etag"), same.header("cache-control")),
        ("\"v1\"", "no-cache")
    );
    assert_eq!(same.header("access-control-allow-origin"), "*");
    let other = world
        .bare("GET", &path)
        .header("if-none-match", "\"v0\"")
        .send()
        .await;
    assert_eq!(other.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn directives_reach_the_origin_and_what_was_waited_for_may_be_kept_a_while() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let path = format!("/live/{id}/video.m3u8");
    let awaited = world
        .bare("GET", &format!("{path}?_HLS_msn=7&_HLS_part=2&_HLS_skip=YES"))
        .send()
        .await;
    assert_eq!(
        (awaited.status, awaited.header("cache-control")),
        (200, "public, max-age=12")
    );
    let expected = Directives {
        until: Some(Until {
            msn: 7,
            part: Some(2),
        }),
        skip: true,
    };
    assert_eq!(awaited.text(), format!("{expected:?}"));
    let plain = world.bare("GET", &format!("{path}?token=a")).send().await;
    assert_eq!(
        (plain.text(), plain.header("cache-control")),
        (format!("{:?}", Directives::default()).as_str(), "no-cache")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn directives_that_make_no_sense_are_refused_at_once() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    for query in ["_HLS_part=1", "_HLS_msn=soon", "_HLS_skip=NO", "_HLS_msn=101"] {
        let answer = world
            .bare("GET", &format!("/live/{id}/video.m3u8?{query}"))
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "INVALID_REQUEST_PARAMETER"),
            "{query}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_segment_is_the_same_for_ever() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let answer = world.bare("GET", &format!("/live/{id}/video/1.m4s")).send().await;
    assert_eq!(
        answer.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("content-length"), "150000");
    assert_eq!(answer.body, segment());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_of_a_segment_can_be_had() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let path = format!("/live/{id}/video/1.m4s");
    let range = async |range: &str| world.bare("GET", &path).header("range", range).send().await;
    let some = range("bytes=90-70000").await;
    assert_eq!(
        (some.status, some.header("content-range")),
        (206, "bytes 90-70000/150000")
    );
    assert_eq!(some.body, segment().slice(90..=70_000));
    let tail = range("bytes=-5").await;
    assert_eq!((tail.status, &tail.body[..]), (206, &segment()[149_995..]));
    let behind = range("bytes=150000-").await;
    assert_eq!(
        (behind.status, behind.header("content-range")),
        (416, "bytes */150000")
    );
    assert_eq!(behind.error_code(), "INVALID_REQUEST_PARAMETER");
    let several = range("bytes=0-1,5-6").await;
    assert_eq!((several.status, several.body.len()), (200, 150_000));
    let changed = world
        .bare("GET", &path)
        .header("range", "bytes=0-1")
        .header("if-range", "\"v0\"")
        .send()
        .await;
    assert_eq!((changed.status, changed.body.len()), (200, 150_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_tells_the_length_and_sends_nothing() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let head = world
        .bare("HEAD", &format!("/live/{id}/video/1.m4s"))
        .header("range", "bytes=0-1")
        .send()
        .await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), "150000");
    assert_eq!(head.header("content-type"), "video/iso.segment");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_for_every_origin_and_nobody_keeps_them() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    for (path, status, code) in [
        (format!("/live/{id}/nothing.m4s"), 404, "RESOURCE_NOT_FOUND"),
        (format!("/live/{id}/"), 404, "RESOURCE_NOT_FOUND"),
        (format!("/live/{id}/../../healthz"), 404, "RESOURCE_NOT_FOUND"),
        (
            "/live/playback99999999/index.m3u8".to_owned(),
            404,
            "RESOURCE_NOT_FOUND",
        ),
        ("/live/UPPER/index.m3u8".to_owned(), 404, "RESOURCE_NOT_FOUND"),
        (format!("/live/{id}/soon.m3u8"), 503, "SERVICE_UNAVAILABLE"),
    ] {
        let answer = world.bare("GET", &path).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (status, code),
            "{path}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let retry = if status == 503 { "1" } else { "" };
        assert_eq!(answer.header("retry-after"), retry, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_is_not_public_wants_a_token_and_no_dialogue_of_the_browser() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("MEMBER").await;
    for path in [
        format!("/live/{id}/index.m3u8"),
        format!("/live/{id}/video/1.m4s"),
        format!("/watch/{id}/state"),
    ] {
        let answer = world.bare("GET", &path).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (401, "EMPTY_STREAMING_TOKEN"),
            "{path}"
        );
        assert!(
            answer.header("www-authenticate").starts_with("Bearer "),
            "{answer:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_that_is_known_plays_on_without_the_store() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let path = format!("/live/{id}/index.m3u8");
    assert_eq!(world.bare("GET", &path).send().await.status, 200);
    world.store_is(Mood::IsDown);
    assert_eq!(world.bare("GET", &path).send().await.status, 200);
    let unknown = world
        .bare("GET", "/live/playback99999999/index.m3u8")
        .send()
        .await;
    assert_eq!(
        (unknown.status, unknown.error_code().as_str()),
        (503, "SERVICE_UNAVAILABLE")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_made_is_sent_in_chunks_whatever_range_is_asked_for() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let path = format!("/live/{id}/growing.m4s");
    let answer = world.bare("GET", &path).header("range", "bytes=0-9").send().await;
    assert_eq!(
        (answer.status, answer.header("transfer-encoding")),
        (200, "chunked")
    );
    assert!(answer.body.ends_with(b"0\r\n\r\n") && answer.body.len() > segment().len());
    let head = world.bare("HEAD", &path).send().await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cut_off_has_no_proper_end() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let answer = world.bare("GET", &format!("/live/{id}/cut.m4s")).send().await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.ends_with(b"0\r\n\r\n"), "the last chunk is missing");
}
