//! `POST /members`.

use crate::json::pretty;
use crate::world::{MEMBERS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_answers_the_member() {
    let world = World::new().await;
    let body = r#"{"appUserId":7,"appUserName":"foobar","email":"a@b.c","customType":"gold","customData":{"b":"2","a":"1"}}"#;
    let answer = world.post(MEMBERS).json(body).send().await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    insta::assert_snapshot!(pretty(answer.text()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_again_updates_the_fields_that_are_there() {
    let world = World::new().await;
    world.member().await;
    let answer = world
        .post(MEMBERS)
        .json(r#"{"appUserId":"1","email":"a@b.c"}"#)
        .send()
        .await;
    let member = answer.json();
    assert_eq!((answer.status, &member["id"]), (201, &1.into()));
    assert_eq!(member["appUserName"], "foobar");
    assert_eq!(member["email"], "a@b.c");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bad_field_has_its_code() {
    let world = World::new().await;
    let long =
        |field: &str, length: usize| format!(r#"{{"appUserId":"1","{field}":"{}"}}"#, "x".repeat(length));
    let many: Vec<_> = (0..11).map(|n| format!(r#""k{n}":"v""#)).collect();
    for (body, code) in [
        (String::new(), "EMPTY_APP_USER_ID"),
        ("{}".to_owned(), "EMPTY_APP_USER_ID"),
        (r#"{"appUserId":" "}"#.to_owned(), "EMPTY_APP_USER_ID"),
        (r#"{"appUserId":"a/b"}"#.to_owned(), "INVALID_APP_USER_ID_FORMAT"),
        (
            format!(r#"{{"appUserId":"{}"}}"#, "x".repeat(129)),
            "APP_USER_ID_SIZE_UPPER_LIMIT_EXCEEDED",
        ),
        (
            long("appUserName", 256),
            "APP_USER_NAME_SIZE_UPPER_LIMIT_EXCEEDED",
        ),
        (
            long("appUserProfileImgUrl", 2049),
            "APP_USER_PROFILE_IMG_URL_SIZE_UPPER_LIMIT_EXCEEDED",
        ),
        (long("customType", 51), "CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED"),
        (
            format!(r#"{{"appUserId":"1","customData":{{{}}}}}"#, many.join(",")),
            "CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED",
        ),
        (
            r#"{"appUserId":"1","customData":{"a":1}}"#.to_owned(),
            "INVALID_HTTP_MESSAGE_BODY",
        ),
        (r#"{"appUserId":true}"#.to_owned(), "INVALID_HTTP_MESSAGE_BODY"),
    ] {
        let answer = world.post(MEMBERS).json(body.as_str()).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, code),
            "{body}"
        );
    }
}
