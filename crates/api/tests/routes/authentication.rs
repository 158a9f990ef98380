//! Who may call.

use crate::world::{FIRST_APP, MEMBERS, ROOMS, World};

const ALL: &[(&str, &str)] = &[
    ("POST", "/v2/apps/me/members"),
    ("GET", "/v2/apps/me/members?page=-1"),
    ("GET", "/v2/apps/me/members/1"),
    ("PATCH", "/v2/apps/me/members/1"),
    ("DELETE", "/v2/apps/me/members/1,2"),
    ("GET", "/v2/apps/me/members/1/stream-key"),
    ("POST", "/v2/apps/me/members/1/stream-key/force-terminate"),
    ("POST", "/v2/apps/me/members/login"),
    ("POST", "/v2/apps/me/members/login-as-guest"),
    ("POST", "/v2/apps/me/streaming-tokens"),
    ("GET", "/v2/apps/me/stream-keys?page=-1"),
    ("GET", "/v2/apps/me/stream-keys/x"),
    ("PATCH", "/v2/apps/me/stream-keys/x"),
    ("POST", "/v2/apps/me/stream-keys/x/reissue"),
    ("POST", "/v2/apps/me/stream-keys/x/force-terminate"),
    ("GET", "/v2/apps/me/transcoding-profiles?page=-1"),
    ("GET", "/v2/apps/me/transcoding-profiles/x"),
    ("POST", "/v2/apps/me/video-rooms"),
    ("GET", "/v2/apps/me/video-rooms?page=-1"),
    ("PATCH", "/v2/apps/me/video-rooms/x"),
    ("DELETE", "/v2/apps/me/video-rooms/x"),
    ("POST", "/v2/apps/me/video-rooms/x/rtmp-broadcast/state/cancelled"),
    ("POST", "/v2/apps/me/video-rooms/x/rtmp-broadcast/state/live"),
    ("POST", "/v2/apps/me/video-rooms/x/rtmp-broadcast/state/ended"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_path_of_the_app_api_wants_credentials_before_it_looks_at_anything_else() {
    let world = World::new().await;
    for &(method, path) in ALL {
        let empty = world.bare(method, path).body("not json").send().await;
        assert_eq!(
            (empty.status, empty.error_code().as_str()),
            (401, "EMPTY_APP_CREDENTIALS"),
            "{path}"
        );
        assert!(
            empty.header("www-authenticate").starts_with("Basic realm="),
            "{empty:?}"
        );
        let wrong = world
            .bare(method, path)
            .header("authorization", "Basic a2V5MTp3cm9uZw==")
            .body("not json");
        let wrong = wrong.send().await;
        assert_eq!(
            (wrong.status, wrong.error_code().as_str()),
            (401, "INVALID_APP_CREDENTIALS"),
            "{path}"
        );
        assert!(
            wrong.header("www-authenticate").starts_with("Basic realm="),
            "{wrong:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_wrong_with_credentials_the_answer_is_the_same() {
    let world = World::new().await;
    let wrong_secret = world
        .bare("GET", ROOMS)
        .header("authorization", "Basic a2V5MTp3cm9uZw==")
        .send()
        .await;
    // An unknown key; not base64; no colon.
    for header in ["Basic bm9ib2R5OnNlY3JldDE=", "Basic %%%", "Basic a2V5MQ=="] {
        let answer = world
            .bare("GET", ROOMS)
            .header("authorization", header)
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.text()),
            (401, wrong_secret.text()),
            "{header}"
        );
    }
    let bearer = world
        .bare("GET", ROOMS)
        .header("authorization", "Bearer abc")
        .send()
        .await;
    assert_eq!(bearer.error_code(), "EMPTY_APP_CREDENTIALS");
    assert_eq!(
        world
            .bare("GET", ROOMS)
            .header("authorization", FIRST_APP)
            .send()
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_is_not_even_read_for_a_stranger() {
    let world = World::new().await;
    let answer = world
        .bare("POST", MEMBERS)
        .header("content-length", "99999999")
        .send()
        .await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (401, "EMPTY_APP_CREDENTIALS")
    );
}
