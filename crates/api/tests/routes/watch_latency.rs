//! `POST /watch/{playbackId}/latency`.

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_may_say_how_far_behind_live_it_is() {
    let world = World::new().await;
    let (_room, id, _publisher) = world.on_air("PUBLIC").await;
    let said = |query: &str| world.bare("POST", &format!("/watch/{id}/latency{query}"));
    let answer = said("?seconds=1.25").send().await;
    assert_eq!((answer.status, answer.header("cache-control")), (204, "no-store"));
    for nonsense in [
        "",
        "?seconds=",
        "?seconds=-1",
        "?seconds=601",
        "?seconds=1e2",
        "?seconds=NaN",
        "?second=1",
    ] {
        let answer = said(nonsense).send().await;
        assert_eq!(
            (answer.status, answer.error_code()),
            (400, "INVALID_REQUEST_PARAMETER".to_owned()),
            "{nonsense}"
        );
    }
    let unknown = world.bare("POST", "/watch/nosuchbroadcast/latency?seconds=1");
    assert_eq!(unknown.send().await.status, 404);
    let read = world.bare("GET", &format!("/watch/{id}/latency?seconds=1"));
    assert_eq!(read.send().await.status, 405);
}
