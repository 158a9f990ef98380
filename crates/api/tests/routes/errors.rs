//! The error envelope on every path, and the order of checks.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::http;
use crate::world::{MEMBERS, Mood, ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_path_is_told_as_an_error_also_without_credentials() {
    let world = World::new().await;
    for path in [
        "/",
        "/v2",
        "/v2/apps/me",
        "/v2/apps/me/video-rooms/",
        "/live",
        "/live/short/index.m3u8",
        "/watch/short",
        "/%FF",
        "//",
    ] {
        for method in ["GET", "POST", "PATCH"] {
            let answer = world.bare(method, path).send().await;
            let expected = match (method, path) {
                ("POST" | "PATCH", "/live/short/index.m3u8" | "/watch/short") => {
                    (405, "UNSUPPORTED_HTTP_METHOD")
                }
                _ => (404, "RESOURCE_NOT_FOUND"),
            };
            assert_eq!(
                (answer.status, answer.error_code().as_str()),
                expected,
                "{method} {path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_a_path_does_not_take_is_told_with_those_that_it_takes() {
    let world = World::new().await;
    for (path, allowed) in [
        (MEMBERS, "GET, HEAD, POST"),
        ("/v2/apps/me/members/1", "GET, HEAD, PATCH, DELETE"),
        ("/v2/apps/me/members/1/stream-key", "GET, HEAD"),
        ("/v2/apps/me/members/1/stream-key/force-terminate", "POST"),
        ("/v2/apps/me/members/login", "GET, HEAD, POST, PATCH, DELETE"),
        (
            "/v2/apps/me/members/login-as-guest",
            "GET, HEAD, POST, PATCH, DELETE",
        ),
        ("/v2/apps/me/streaming-tokens", "POST"),
        ("/v2/members/tokens/refresh", "POST, OPTIONS"),
        ("/v2/members/me/event-sources", "GET, HEAD, OPTIONS"),
        ("/v2/apps/me/stream-keys", "GET, HEAD"),
        ("/v2/apps/me/stream-keys/x", "GET, HEAD, PATCH"),
        ("/v2/apps/me/stream-keys/x/reissue", "POST"),
        ("/v2/apps/me/stream-keys/x/force-terminate", "POST"),
        ("/v2/apps/me/transcoding-profiles", "GET, HEAD"),
        ("/v2/apps/me/transcoding-profiles/1", "GET, HEAD"),
        (ROOMS, "GET, HEAD, POST"),
        ("/v2/apps/me/video-rooms/x", "GET, HEAD, PATCH, DELETE"),
        ("/v2/apps/me/video-rooms/x/rtmp-broadcast/state/live", "POST"),
        ("/v2/apps/me/video-rooms/x/rtmp-broadcast/state/ended", "POST"),
        ("/v2/apps/me/video-rooms/x/rtmp-broadcast/state/cancelled", "POST"),
        ("/live/playback00000001/index.m3u8", "GET, HEAD, OPTIONS"),
        ("/watch/playback00000001", "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
    ] {
        for method in ["PUT", "TRACE", "BREW"] {
            let answer = world.bare(method, path).send().await;
            assert_eq!(
                (answer.status, answer.error_code().as_str()),
                (405, "UNSUPPORTED_HTTP_METHOD"),
                "{method} {path}"
            );
            assert_eq!(answer.header("allow"), allowed, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_no_json_object_is_refused() {
    let world = World::new().await;
    for body in [
        "x",
        "[]",
        "null",
        "\"\"",
        "{",
        "{}{}",
        "{\"appUserId\":\"1\",}",
        r#"["1"]"#,
        r#"{"appUserId":"\ud800"}"#,
    ] {
        let answer = world.post(MEMBERS).json(body).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "INVALID_HTTP_MESSAGE_BODY"),
            "{body}"
        );
    }
    let answer = world
        .post(MEMBERS)
        .json(b"{\"appUserId\":\"\xff\"}".to_vec())
        .send()
        .await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (400, "INVALID_HTTP_MESSAGE_BODY")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_type_or_word_is_told_with_its_field_and_what_would_be_taken() {
    let world = World::new().await;
    for (body, message) in [
        (
            r#"{"title":5}"#,
            "title: invalid type: integer `5`, expected a string",
        ),
        (
            r#"{"type":"RADIO"}"#,
            r#"type: "RADIO" is not one of BROADCAST_RTMP, BROADCAST_WEBRTC, WEBINAR, VIDEO_CONFERENCE, SURVEILLANCE"#,
        ),
        (
            r#"{"accessLevel":1}"#,
            "accessLevel: invalid type: integer `1`, expected one of PUBLIC, APP,",
        ),
        (
            r#"{"scheduledAt":"now"}"#,
            r#"scheduledAt: "now" is not one of times like 2022-10-19T23:59:59.999Z"#,
        ),
    ] {
        let answer = world.post(ROOMS).json(body).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "INVALID_HTTP_MESSAGE_BODY"),
            "{body}"
        );
        assert!(
            answer.error_message().starts_with(message),
            "{}",
            answer.error_message()
        );
    }
    let long = format!(r#"{{"title":{{"{}":1}}}}"#, "x".repeat(100_000));
    assert!(world.post(ROOMS).json(long).send().await.body.len() < 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_another_type_than_json_is_refused_but_no_body_is_an_empty_object() {
    let world = World::new().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1",
        "",
    ] {
        let answer = world
            .post(MEMBERS)
            .header("content-type", kind)
            .body("{}")
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (415, "UNSUPPORTED_MEDIA_TYPE"),
            "{kind}"
        );
        let answer = world.post(MEMBERS).header("content-type", kind).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "EMPTY_APP_USER_ID"),
            "{kind}"
        );
    }
    let packed = world
        .post(MEMBERS)
        .header("content-encoding", "gzip")
        .json("{}")
        .send()
        .await;
    assert_eq!(packed.status, 415);
    let answer = world
        .post(MEMBERS)
        .header("content-type", "Application/JSON; charset=\"UTF-8\"")
        .body("{}")
        .send()
        .await;
    assert_eq!(answer.error_code(), "EMPTY_APP_USER_ID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_over_one_mebibyte_is_refused_whether_its_length_is_told_or_not() {
    let world = World::new().await;
    let mebibyte = 1024 * 1024;
    let fits = format!("{{}}{}", " ".repeat(mebibyte - 2));
    assert_eq!(
        world.post(MEMBERS).json(fits.clone()).send().await.error_code(),
        "EMPTY_APP_USER_ID"
    );
    let told = world.post(MEMBERS).json(format!("{fits} ")).send().await;
    assert_eq!(
        (told.status, told.error_code().as_str()),
        (413, "HTTP_MESSAGE_BODY_TOO_LARGE")
    );
    let chunk = format!("{:x}\r\n{fits} \r\n0\r\n\r\n", mebibyte + 1);
    let mut untold = world
        .post(MEMBERS)
        .header("content-type", "application/json")
        .header("transfer-encoding", "chunked")
        .begin()
        .await;
    let _ = untold.write_all(chunk.as_bytes()).await;
    let untold = http::answer(untold).await;
    assert_eq!(
        (untold.status, untold.error_code().as_str()),
        (413, "HTTP_MESSAGE_BODY_TOO_LARGE")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_down_is_503_with_a_time_to_come_back_and_no_internals() {
    let world = World::new().await;
    world.store_is(Mood::IsDown);
    let answer = world.get(ROOMS).send().await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (503, "SERVICE_UNAVAILABLE")
    );
    assert_eq!(answer.header("retry-after"), "1");
    assert!(!answer.text().contains("10.0.0.1"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_500_on_either_runtime_and_the_server_goes_on() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let broken = world.bare("GET", &format!("/live/{id}/broken.m3u8")).send().await;
    world.store_is(Mood::Panics);
    for answer in [broken, world.get(ROOMS).send().await] {
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (500, "INTERNAL_SERVER_ERROR")
        );
        assert_eq!(answer.header("x-request-id").len(), 32);
    }
    world.store_is(Mood::Works);
    assert_eq!(world.get(ROOMS).send().await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_http_is_400_and_the_connection_is_closed() {
    let world = World::new().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(b"\x03\x00\x00 hello\r\n\r\n").await.unwrap();
    assert_eq!(http::answer(stream).await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strange_targets_are_answered_like_any_other() {
    let world = World::new().await;
    for (target, expected) in [
        ("OPTIONS *", (404, "RESOURCE_NOT_FOUND")),
        ("CONNECT video.example:443", (404, "RESOURCE_NOT_FOUND")),
        ("GET http://video.example/nowhere", (404, "RESOURCE_NOT_FOUND")),
        ("GET /v2/apps/me/video-rooms?%zz", (401, "EMPTY_APP_CREDENTIALS")),
    ] {
        let (method, path) = target.split_once(' ').unwrap();
        let answer = world.bare(method, path).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            expected,
            "{target}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_character_nul_is_refused_wherever_it_comes() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    for body in [
        r#"{"appUserId":"2","appUserName":"a\u0000"}"#,
        r#"{"appUserId":"2","customData":{"\u0000":"a"}}"#,
        r#"{"appUserId":"\u0000"}"#,
    ] {
        for path in [MEMBERS.to_owned(), format!("{MEMBERS}/login")] {
            let answer = world.post(&path).json(body).send().await;
            assert_eq!(answer.error_code(), "INVALID_HTTP_MESSAGE_BODY", "{body}");
        }
    }
    for path in [room.as_str(), &format!("{MEMBERS}/1")] {
        let answer = world
            .patch(path)
            .json(r#"{"title":"\u0000","email":"\u0000"}"#)
            .send()
            .await;
        assert_eq!(answer.error_code(), "INVALID_HTTP_MESSAGE_BODY", "{path}");
    }
    for (path, code) in [
        (format!("{ROOMS}?keyword=a%00"), "INVALID_REQUEST_PARAMETER"),
        (format!("{MEMBERS}?appUserName=%00"), "INVALID_REQUEST_PARAMETER"),
        (format!("{ROOMS}/1%00"), "INVALID_REQUEST_PARAMETER"),
        (format!("{MEMBERS}/1%00"), "MEMBER_NOT_FOUND"),
        (format!("{MEMBERS}/1%00/stream-key"), "MEMBER_NOT_FOUND"),
        ("/live/%00/index.m3u8".to_owned(), "RESOURCE_NOT_FOUND"),
    ] {
        assert_eq!(world.get(&path).send().await.error_code(), code, "{path}");
    }
    let escaped = world.patch(&room).json(r#"{"title":"\\u0000"}"#).send().await;
    assert_eq!(escaped.json()["title"], r"\u0000");
}
