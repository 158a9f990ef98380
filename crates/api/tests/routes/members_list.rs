//! `GET /members`.

use crate::world::{MEMBERS, OTHER_APP, World};

async fn ids(world: &World, query: &str) -> Vec<String> {
    let answer = world.get(&format!("{MEMBERS}{query}")).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let page = answer.json();
    let content = page["content"].as_array().unwrap().iter();
    content
        .map(|member| member["appUserId"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_listed_filtered_and_in_every_order() {
    let world = World::new().await;
    for (id, name) in [("b", "Jo"), ("a", "Jo"), ("c", "Al")] {
        let body = format!(r#"{{"appUserId":"{id}","appUserName":"{name}"}}"#);
        assert_eq!(world.post(MEMBERS).json(body).send().await.status, 201);
    }
    for (query, expected) in [
        ("", vec!["c", "a", "b"]),
        ("?appUserId=a", vec!["a"]),
        ("?appUserName=Jo", vec!["a", "b"]),
        ("?appUserName=Jo&appUserId=c", vec![]),
        ("?sortBy=CREATED_AT_ASC", vec!["b", "a", "c"]),
        ("?sortBy=CREATED_AT_DESC", vec!["c", "a", "b"]),
        ("?sortBy=LAST_MODIFIED_AT_ASC", vec!["b", "a", "c"]),
        ("?sortBy=LAST_MODIFIED_AT_DESC", vec!["c", "a", "b"]),
        ("?sortBy=APP_USER_ID_ASC&pageSize=2", vec!["a", "b"]),
        ("?sortBy=APP_USER_ID_DESC&pageSize=2&page=1", vec!["a"]),
    ] {
        assert_eq!(ids(&world, query).await, expected, "{query}");
    }
    let one = world.get(&format!("{MEMBERS}/a")).send().await.json();
    let page = world.get(&format!("{MEMBERS}?appUserId=a")).send().await.json();
    assert_eq!(page["content"][0], one);
    let foreign = world.bare("GET", MEMBERS).header("authorization", OTHER_APP);
    assert_eq!(foreign.send().await.json()["totalElements"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_parameter_is_refused_by_name() {
    let world = World::new().await;
    for name in ["page", "pageSize", "sortBy"] {
        let answer = world.get(&format!("{MEMBERS}?{name}=-x")).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "INVALID_REQUEST_PARAMETER"),
            "{name}"
        );
        assert!(answer.error_message().starts_with(name));
    }
}
