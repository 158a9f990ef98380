//! How many requests an app may make.

use std::num::NonZeroU32;

use crate::http::{Answer, Request};
use crate::world::{MEMBERS, OTHER_APP, ROOMS, World};

/// More than can be made in the second that one more costs.
const MANY: usize = 10_000;

async fn strict_world() -> World {
    World::with_requests_per_second(NonZeroU32::MIN).await
}

/// Sends a request until it is one too many.
async fn one_too_many(request: impl Fn() -> Request) -> Answer {
    for _ in 0..MANY {
        let answer = request().send().await;
        if answer.status == 429 {
            return answer;
        }
    }
    panic!("no request was one too many");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_asks_too_much_is_told_when_to_come_back_and_others_are_served() {
    let world = strict_world().await;
    let refused = one_too_many(|| world.get(ROOMS)).await;
    assert_eq!(refused.error_code(), "TOO_MANY_REQUESTS");
    assert_eq!(refused.header("retry-after"), "1");
    let other = world.bare("GET", ROOMS).header("authorization", OTHER_APP);
    assert_eq!(other.send().await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_credentials_use_up_no_requests_of_the_app_whose_key_they_name() {
    let world = strict_world().await;
    // `key1:wrong`.
    for _ in 0..20 {
        let stranger = world
            .bare("GET", ROOMS)
            .header("authorization", "Basic a2V5MTp3cm9uZw==");
        assert_eq!(stranger.send().await.status, 401);
    }
    assert_eq!(world.get(ROOMS).send().await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_path_and_the_credentials_are_judged_before_the_number_of_requests_and_the_body_after() {
    let world = strict_world().await;
    let not_json = || world.post(MEMBERS).header("content-type", "text/plain").body("x");
    assert_eq!(not_json().send().await.status, 415);
    one_too_many(not_json).await;
    one_too_many(|| world.post(MEMBERS).json("x".repeat(1024 * 1024 + 1))).await;
    for (request, status) in [
        (world.get("/v2/apps/me/nothing"), 404),
        (world.delete(ROOMS), 405),
        (world.bare("GET", ROOMS), 401),
    ] {
        one_too_many(|| world.get(ROOMS)).await;
        assert_eq!(request.send().await.status, status);
    }
}
