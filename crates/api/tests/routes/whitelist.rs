//! `/video-rooms/{videoRoomId}/whitelist`.

use crate::world::{MEMBERS, OTHER_APP, ROOMS, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whitelist_is_a_page_of_members_the_last_one_added_first() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    let list = format!("{room}/whitelist");
    assert_eq!(world.get(&list).send().await.json()["totalElements"], 0);
    let other = world.post(MEMBERS).json(r#"{"appUserId":"b@x"}"#).send().await;
    for id in ["1", "b%40x", "1"] {
        let put = world.put(&format!("{list}/{id}")).send().await;
        assert_eq!((put.status, put.body.len()), (204, 0), "{put:?}");
    }
    let page = world.get(&format!("{list}?pageSize=1")).send().await.json();
    assert_eq!(
        (&page["totalElements"], &page["totalPages"], &page["content"][0]),
        (&2.into(), &2.into(), &other.json())
    );
    for path in [ROOMS, &room] {
        let answer = world.get(path).send().await;
        assert!(
            answer
                .text()
                .contains(r#""stats":{"totalMemberWhitelistCount":2}"#),
            "{answer:?}"
        );
    }
    for _ in 0..2 {
        let removed = world.delete(&format!("{list}/1")).send().await;
        assert_eq!((removed.status, removed.body.len()), (204, 0), "{removed:?}");
    }
    assert_eq!(world.get(&list).send().await.json()["totalElements"], 1);
    world.delete(&format!("{MEMBERS}/b@x")).send().await;
    let page = world.get(&list).send().await.json();
    assert_eq!(
        (&page["totalElements"], &page["empty"]),
        (&0.into(), &true.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_or_member_that_is_not_there_is_not_found() {
    let world = World::new().await;
    world.member().await;
    let room = world.room().await;
    for (path, status, code) in [
        (format!("{room}/whitelist/2"), 404, "MEMBER_NOT_FOUND"),
        (format!("{room}/whitelist/%20"), 404, "MEMBER_NOT_FOUND"),
        (format!("{ROOMS}/99/whitelist/1"), 404, "VIDEO_ROOM_NOT_FOUND"),
        (format!("{ROOMS}/x/whitelist/1"), 400, "INVALID_REQUEST_PARAMETER"),
    ] {
        for request in [world.put(&path), world.delete(&path)] {
            let answer = request.send().await;
            assert_eq!(
                (answer.status, answer.error_code().as_str()),
                (status, code),
                "{path}"
            );
        }
    }
    let foreign = world.bare("GET", &format!("{room}/whitelist"));
    let foreign = foreign.header("authorization", OTHER_APP).send().await;
    assert_eq!(
        (foreign.status, foreign.error_code().as_str()),
        (404, "VIDEO_ROOM_NOT_FOUND")
    );
    let post = world.post(&format!("{room}/whitelist")).send().await;
    assert_eq!((post.status, post.header("allow")), (405, "GET, HEAD"));
    let get = world.get(&format!("{room}/whitelist/1")).send().await;
    assert_eq!((get.status, get.header("allow")), (405, "PUT, DELETE"));
    let size = world.get(&format!("{room}/whitelist?pageSize=0")).send().await;
    assert_eq!(size.error_code(), "INVALID_REQUEST_PARAMETER");
}
