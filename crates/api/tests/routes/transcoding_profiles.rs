//! `GET /transcoding-profiles` and `GET /transcoding-profiles/{profileId}`.

use crate::json::pretty;
use crate::world::World;

const PROFILES: &str = "/v2/apps/me/transcoding-profiles";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_source_profile_is_the_one_that_every_key_has() {
    let world = World::new().await;
    world.member().await;
    let one = world.get(&format!("{PROFILES}/1")).send().await;
    assert_eq!(one.status, 200);
    insta::assert_snapshot!(pretty(one.text()));
    let page = world.get(PROFILES).send().await.json();
    assert_eq!(
        (&page["totalElements"], &page["content"][0]),
        (&1.into(), &one.json())
    );
    let key = world.stream_key().await;
    for field in ["id", "name", "type", "profile"] {
        assert_eq!(key["profile"][field], one.json()[field], "{field}");
    }
    let past = world.get(&format!("{PROFILES}?page=1")).send().await.json();
    assert_eq!(
        (&past["totalElements"], &past["empty"]),
        (&1.into(), &true.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_profile_is_not_found() {
    let world = World::new().await;
    for (id, expected) in [
        ("2", (404, "TRANSCODING_PROFILE_NOT_FOUND")),
        ("x", (400, "INVALID_REQUEST_PARAMETER")),
    ] {
        let answer = world.get(&format!("{PROFILES}/{id}")).send().await;
        assert_eq!((answer.status, answer.error_code().as_str()), expected);
    }
}
