//! `/stream-keys`, and ending by force what goes on with a key.

use crate::world::{KEYS, MEMBERS, OTHER_APP, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_the_same_by_its_number_in_a_list_and_by_its_member() {
    let world = World::new().await;
    let (room, _, _publisher) = world.on_air("PUBLIC").await;
    let by_member = world.stream_key().await;
    let by_number = world.get(&format!("{KEYS}/{}", by_member["id"])).send().await;
    assert_eq!(
        (by_number.status, by_number.header("cache-control")),
        (200, "no-store")
    );
    assert_eq!(by_number.json(), by_member);
    let room = room.rsplit('/').next().unwrap();
    for query in [
        String::new(),
        "?memberId=1".to_owned(),
        "?appUserId=1".to_owned(),
        "?appUserName=foobar".to_owned(),
        format!("?videoRoomId={room}&pageSize=1"),
    ] {
        let page = world.get(&format!("{KEYS}{query}")).send().await.json();
        assert_eq!(page["content"], serde_json::json!([by_member]), "{query}");
    }
    for query in ["?memberId=2", "?appUserId=1&appUserName=foo", "?videoRoomId=404"] {
        let page = world.get(&format!("{KEYS}{query}")).send().await.json();
        assert_eq!(page["totalElements"], 0, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_another_app_is_not_found() {
    let world = World::new().await;
    world.member().await;
    for (method, path) in [
        ("GET", format!("{KEYS}/1")),
        ("PATCH", format!("{KEYS}/1")),
        ("POST", format!("{KEYS}/1/reissue")),
        ("POST", format!("{KEYS}/1/force-terminate")),
    ] {
        let foreign = world.bare(method, &path).header("authorization", OTHER_APP);
        let foreign = foreign.send().await;
        assert_eq!(
            (foreign.status, foreign.error_code().as_str()),
            (404, "STREAM_KEY_NOT_FOUND"),
            "{method} {path}"
        );
    }
    let list = world.bare("GET", &format!("{KEYS}?memberId=1"));
    let list = list.header("authorization", OTHER_APP).send().await.json();
    assert_eq!(list["totalElements"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reissuing_answers_the_key_with_another_key_string() {
    let world = World::new().await;
    world.member().await;
    let before = world.stream_key().await;
    let path = format!("{KEYS}/{}/reissue", before["id"]);
    let after = world.post(&path).send().await;
    assert_eq!((after.status, after.json()), (200, world.stream_key().await));
    assert_ne!(after.json()["streamKey"], before["streamKey"]);
    let _publisher = world.publisher().await;
    let refused = world.post(&path).send().await;
    assert_eq!(
        (refused.status, refused.error_code().as_str()),
        (400, "STREAM_KEY_STATE_NOT_INACTIVE")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mode_and_profile_can_be_changed_to_what_there_is() {
    let world = World::new().await;
    world.member().await;
    let path = format!("{KEYS}/1");
    let changed = world
        .patch(&path)
        .json(r#"{"mode":"RTMP_CMAF","profileId":1}"#)
        .send()
        .await;
    assert_eq!(
        (changed.status, &changed.json()["mode"]),
        (200, &"RTMP_CMAF".into())
    );
    assert_eq!(changed.json(), world.stream_key().await);
    let same = world.patch(&path).json(r#"{"mode":null}"#).send().await;
    assert_eq!((same.status, same.json()), (200, changed.json()));
    for (body, expected) in [
        (r#"{"profileId":2}"#, (404, "TRANSCODING_PROFILE_NOT_FOUND")),
        (r#"{"profileId":"x"}"#, (400, "INVALID_HTTP_MESSAGE_BODY")),
        (r#"{"mode":"HLS"}"#, (400, "INVALID_HTTP_MESSAGE_BODY")),
    ] {
        let refused = world.patch(&path).json(body).send().await;
        assert_eq!(
            (refused.status, refused.error_code().as_str()),
            expected,
            "{body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn force_termination_ends_the_broadcast_and_its_play_url_at_once() {
    let world = World::new().await;
    let (room, id, _publisher) = world.on_air("PUBLIC").await;
    let play = format!("/live/{id}/index.m3u8");
    assert_eq!(world.bare("GET", &play).send().await.status, 200);
    let before = world.stream_key().await;
    let path = format!("{MEMBERS}/1/stream-key/force-terminate");
    let done = world.post(&path).send().await;
    assert_eq!((done.status, done.body.len()), (204, 0));
    assert_eq!(world.bare("GET", &play).send().await.status, 404);
    let key = world.stream_key().await;
    assert_eq!(
        (
            &key["streamKeyState"],
            &key["forciblyTerminated"],
            &key["videoRoom"]
        ),
        (&"INACTIVE".into(), &true.into(), &serde_json::Value::Null)
    );
    assert_ne!(key["streamKey"], before["streamKey"]);
    let room = world.get(&room).send().await.json();
    assert_eq!(
        (&room["videoRoomState"], &room["forciblyTerminated"]),
        (&"ENDED".into(), &true.into())
    );
    let again = world.post(&format!("{KEYS}/1/force-terminate")).send().await;
    assert_eq!(again.status, 204, "nothing to terminate");
    assert_eq!(world.stream_key().await, key);
    let nobody = world.post(&format!("{MEMBERS}/2/stream-key/force-terminate"));
    assert_eq!(nobody.send().await.error_code(), "MEMBER_NOT_FOUND");
}
