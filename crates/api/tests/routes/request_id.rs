//! `x-request-id` on every answer.

use crate::world::{ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sane_id_comes_back_and_any_other_is_replaced() {
    let world = World::new().await;
    for path in [ROOMS, "/healthz", "/nowhere", "/live/playback00000009/index.m3u8"] {
        let own = world
            .bare("GET", path)
            .header("x-request-id", "trace-1")
            .send()
            .await;
        assert_eq!(own.header("x-request-id"), "trace-1", "{path}");
        let fresh = world.bare("GET", path).send().await;
        let bad = world
            .bare("GET", path)
            .header("x-request-id", "a\"b")
            .send()
            .await;
        let long = world
            .bare("GET", path)
            .header("x-request-id", &"x".repeat(129))
            .send()
            .await;
        for answer in [&fresh, &bad, &long] {
            assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        }
        assert_ne!(fresh.header("x-request-id"), bad.header("x-request-id"));
    }
}
