//! `/v2/apps/me/callback` and `/v2/apps/me/callback-deliveries`.

use std::time::{Duration, Instant};

use crate::http::Request;
use crate::world::World;

const CALLBACK: &str = "/v2/apps/me/callback";
const DELIVERIES: &str = "/v2/apps/me/callback-deliveries";

fn put(world: &World, body: &str) -> Request {
    world.put(CALLBACK).json(body)
}

#[actix_web::test]
async fn the_secret_is_shown_when_it_is_made_and_no_more() {
    let world = World::new().await;
    let body = r#"{"url":"https://example.com/hook","accessId":"me","accessPassword":"hunter2"}"#;
    let set = put(&world, body).send().await;
    assert_eq!(set.status, 200, "{set:?}");
    insta::assert_json_snapshot!("callback_set", set.json());
    let got = world.get(CALLBACK).send().await;
    insta::assert_json_snapshot!("callback_get", got.json());
    let removed = world.delete(CALLBACK).send().await;
    assert_eq!((removed.status, removed.body.len()), (204, 0));
    for gone in [
        world.get(CALLBACK).send().await,
        world.delete(CALLBACK).send().await,
    ] {
        assert_eq!(
            (gone.status, gone.error_code().as_str()),
            (404, "CALLBACK_NOT_FOUND")
        );
    }
}

#[actix_web::test]
async fn what_can_not_be_called_back_is_refused() {
    let world = World::new().await;
    for body in [
        "{}",
        r#"{"url":""}"#,
        r#"{"url":"example.com"}"#,
        r#"{"url":"ftp://example.com/"}"#,
        r#"{"url":"https://a:b@example.com/"}"#,
    ] {
        let refused = put(&world, body).send().await;
        assert_eq!(
            (refused.status, refused.error_code().as_str()),
            (400, "INVALID_CALLBACK_URL"),
            "{body}"
        );
    }
    let refused = put(&world, r#"{"url":"https://example.com","accessPassword":"x"}"#)
        .send()
        .await;
    assert_eq!(refused.error_code(), "INVALID_CALLBACK_CREDENTIALS");
    let refused = put(&world, r#"{"url":5}"#).send().await;
    assert_eq!(refused.error_code(), "INVALID_HTTP_MESSAGE_BODY");
}

#[actix_web::test]
async fn deliveries_are_listed_and_sent_again() {
    let world = World::new().await;
    let application = world.application.clone();
    tokio::spawn(async move { application.run_callbacks().await });
    // Nobody listens there.
    assert_eq!(
        put(&world, r#"{"url":"http://127.0.0.1:1/"}"#)
            .send()
            .await
            .status,
        200
    );
    world.member().await;
    world.room().await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let listed = loop {
        let listed = world.get(DELIVERIES).send().await.json();
        if listed["content"][0]["attempts"] == 1 {
            break listed;
        }
        assert!(Instant::now() < deadline, "{listed}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    insta::assert_json_snapshot!("callback_deliveries", listed);
    let redeliver = |id: &str| world.post(&format!("{DELIVERIES}/{id}/redeliver"));
    for _ in 0..2 {
        let again = redeliver("1").header("idempotency-key", "once").send().await;
        assert_eq!((again.status, again.body.len()), (202, 0));
    }
    let reused = redeliver("2").header("idempotency-key", "once").send().await;
    assert_eq!(reused.error_code(), "IDEMPOTENCY_KEY_REUSED");
    let unknown = redeliver("2").send().await;
    assert_eq!(
        (unknown.status, unknown.error_code().as_str()),
        (404, "CALLBACK_DELIVERY_NOT_FOUND")
    );
    let bad = redeliver("x").send().await;
    assert_eq!(bad.error_code(), "INVALID_REQUEST_PARAMETER");
}
