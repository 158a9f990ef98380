//! `OPTIONS /live/{playbackId}/…`.

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_asks_first_is_allowed() {
    let world = World::new().await;
    let preflight = world
        .bare("OPTIONS", "/live/playback00000001/video/1.m4s")
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "range")
        .send()
        .await;
    assert_eq!((preflight.status, preflight.body.len()), (204, 0));
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert_eq!(
        preflight.header("access-control-allow-methods"),
        "GET, HEAD, OPTIONS"
    );
    assert!(preflight.header("access-control-allow-headers").contains("Range"));
}
