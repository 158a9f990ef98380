//! `GET /healthz` and `GET /readyz`.

use crate::world::{Mood, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_answers_is_healthy() {
    let world = World::new().await;
    let answer = world.bare("GET", "/healthz").send().await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"status":"UP"}"#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_names_what_is_missing() {
    let world = World::new().await;
    let ready = world.bare("GET", "/readyz").send().await;
    assert_eq!(
        (ready.status, ready.text()),
        (
            200,
            r#"{"status":"UP","checks":{"storage":"UP","media":"UP","serving":"UP"}}"#
        )
    );
    world.store_is(Mood::IsDown);
    let down = world.bare("GET", "/readyz").send().await;
    assert_eq!(
        (down.status, down.text()),
        (
            503,
            r#"{"status":"DOWN","checks":{"storage":"DOWN","media":"UP","serving":"UP"}}"#
        )
    );
    assert_eq!(world.bare("GET", "/healthz").send().await.status, 200);
}
