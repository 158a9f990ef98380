//! `DELETE /members/{appUserIds}`.

use crate::world::{MEMBERS, OTHER_APP, World};

async fn register(world: &World, id: &str) {
    let body = format!(r#"{{"appUserId":"{id}"}}"#);
    assert_eq!(world.post(MEMBERS).json(body).send().await.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_that_are_named_are_deleted_and_unknown_ones_passed_over() {
    let world = World::new().await;
    for id in ["a", "b", "c"] {
        register(&world, id).await;
    }
    let done = world
        .delete(&format!("{MEMBERS}/a,nobody,,b%2Fc,%20b"))
        .send()
        .await;
    assert_eq!((done.status, done.body.len()), (204, 0));
    for (id, status) in [("a", 404), ("b", 404), ("c", 200)] {
        assert_eq!(
            world.get(&format!("{MEMBERS}/{id}")).send().await.status,
            status,
            "{id}"
        );
    }
    assert_eq!(world.delete(&format!("{MEMBERS}/a")).send().await.status, 204);
    register(&world, "a").await;
    let again = world.get(&format!("{MEMBERS}/a")).send().await.json();
    assert_eq!(again["id"], 4, "a new member");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_of_another_app_stays() {
    let world = World::new().await;
    world.member().await;
    let foreign = world.bare("DELETE", &format!("{MEMBERS}/1"));
    let foreign = foreign.header("authorization", OTHER_APP).send().await;
    assert_eq!(foreign.status, 204);
    assert_eq!(world.get(&format!("{MEMBERS}/1")).send().await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_is_on_air_is_taken_off() {
    let world = World::new().await;
    let (room, id, _publisher) = world.on_air("PUBLIC").await;
    let play = format!("/live/{id}/index.m3u8");
    assert_eq!(world.bare("GET", &play).send().await.status, 200);
    assert_eq!(world.delete(&format!("{MEMBERS}/1")).send().await.status, 204);
    assert_eq!(world.bare("GET", &play).send().await.status, 404);
    let room = world.get(&room).send().await.json();
    assert_eq!(room["videoRoomState"], "ENDED");
    assert_eq!(room["member"]["state"], "DELETED");
}
