//! `GET /video-rooms`.

use crate::json::{ADDED, fields, pretty};
use crate::world::{OTHER_APP, ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_answered_as_in_the_seed() {
    let world = World::new().await;
    let (_, _, _publisher) = world.on_air("PUBLIC").await;
    let answer = world
        .get(&format!("{ROOMS}?keyword=Foo&sortBy=CREATED_AT_DESC"))
        .send()
        .await;
    assert_eq!(answer.status, 200);
    let mut own = fields(answer.text());
    own.retain(|(_, name)| !ADDED.contains(&name.as_str()));
    assert_eq!(own, fields(include_str!("../seed/list.json")));
    insta::assert_snapshot!(pretty(answer.text()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_do_not_overlap_and_one_past_the_end_is_empty() {
    let world = World::new().await;
    world.member().await;
    for _ in 0..3 {
        world.room().await;
    }
    let page = async |n: u32| {
        world
            .get(&format!("{ROOMS}?pageSize=2&page={n}"))
            .send()
            .await
            .json()
    };
    let ids = |page: &serde_json::Value| -> Vec<i64> {
        page["content"]
            .as_array()
            .unwrap()
            .iter()
            .map(|room| room["id"].as_i64().unwrap())
            .collect()
    };
    let (first, second, past) = (page(0).await, page(1).await, page(2).await);
    assert_eq!(
        (ids(&first), ids(&second), ids(&past)),
        (vec![3, 2], vec![1], vec![])
    );
    assert_eq!(
        (&first["last"], &second["last"], &past["last"]),
        (&false.into(), &true.into(), &true.into())
    );
    assert_eq!(past["totalElements"], 3);
    assert_eq!((&past["empty"], &past["first"]), (&true.into(), &false.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rooms_of_another_app_are_not_listed() {
    let world = World::new().await;
    world.member().await;
    world.room().await;
    let foreign = world
        .bare("GET", &format!("{ROOMS}?memberId=1"))
        .header("authorization", OTHER_APP)
        .send()
        .await;
    assert_eq!(
        (foreign.status, &foreign.json()["totalElements"]),
        (200, &0.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_parameter_is_refused_by_name() {
    let world = World::new().await;
    for name in [
        "page",
        "pageSize",
        "memberId",
        "videoRoomState",
        "type",
        "accessLevel",
        "sortBy",
    ] {
        let answer = world.get(&format!("{ROOMS}?{name}=-x")).send().await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "INVALID_REQUEST_PARAMETER"),
            "{name}"
        );
        assert!(
            answer.error_message().starts_with(name),
            "{}",
            answer.error_message()
        );
    }
    let huge = world
        .get(&format!("{ROOMS}?page=2147483647&pageSize=1000"))
        .send()
        .await;
    assert_eq!(huge.status, 200);
}
