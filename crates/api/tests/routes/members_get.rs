//! `GET /members/{appUserId}`.

use crate::world::{MEMBERS, OTHER_APP, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_found_by_the_apps_own_id() {
    let world = World::new().await;
    let id = "user.name_1-2@example.com";
    let made = world
        .post(MEMBERS)
        .json(format!(r#"{{"appUserId":"{id}"}}"#))
        .send()
        .await;
    let read = world.get(&format!("{MEMBERS}/{id}")).send().await;
    assert_eq!((read.status, read.text()), (200, made.text()));
    let encoded = world
        .get(&format!("{MEMBERS}/user.name_1-2%40example.com"))
        .send()
        .await;
    assert_eq!(encoded.text(), made.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_of_another_app_is_not_found() {
    let world = World::new().await;
    world.member().await;
    let foreign = world
        .bare("GET", &format!("{MEMBERS}/1"))
        .header("authorization", OTHER_APP)
        .send()
        .await;
    assert_eq!(
        (foreign.status, foreign.error_code().as_str()),
        (404, "MEMBER_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_no_member_can_have_is_not_found() {
    let world = World::new().await;
    for id in ["2", "%20", "a%2Fb", "%FF", "%EA%B0%80"] {
        let answer = world.get(&format!("{MEMBERS}/{id}")).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (404, "MEMBER_NOT_FOUND"),
            "{id}"
        );
    }
}
