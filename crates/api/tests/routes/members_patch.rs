//! `PATCH /members/{appUserId}`.

use crate::world::{MEMBERS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_absent_stays_and_null_clears() {
    let world = World::new().await;
    world.member().await;
    let path = format!("{MEMBERS}/1");
    let body = r#"{"appUserProfileImgUrl":null,"email":"a@b","customData":{"k":"v"}}"#;
    let answer = world.patch(&path).json(body).send().await;
    assert_eq!(answer.status, 200);
    let member = answer.json();
    assert_eq!(member["appUserName"], "foobar");
    assert!(member["appUserProfileImgUrl"].is_null());
    assert_eq!(
        (&member["email"], &member["customData"]["k"]),
        (&"a@b".into(), &"v".into())
    );
    assert_eq!(world.get(&path).send().await.json(), member);
    let same = world.patch(&path).send().await;
    assert_eq!((same.status, same.json()), (200, member));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_field_and_an_unknown_member_are_refused() {
    let world = World::new().await;
    world.member().await;
    let long = format!(r#"{{"appUserName":"{}"}}"#, "x".repeat(256));
    for (id, body, expected) in [
        (
            "1",
            long.as_str(),
            (400, "APP_USER_NAME_SIZE_UPPER_LIMIT_EXCEEDED"),
        ),
        ("1", r#"{"email":1}"#, (400, "INVALID_HTTP_MESSAGE_BODY")),
        ("2", "{}", (404, "MEMBER_NOT_FOUND")),
        ("a%2Fb", "{}", (404, "MEMBER_NOT_FOUND")),
    ] {
        let answer = world.patch(&format!("{MEMBERS}/{id}")).json(body).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            expected,
            "{id} {body}"
        );
    }
}
