//! What a playback id leads to.

use std::time::Duration;

use domain::{AccessLevel, PlaybackId, SessionId, StreamKeySecret, VideoRoomState, broadcast};
use ports::store::{Holder, Node, Playback, Session, Store};

use super::Harness;
use super::fixture::{
    Broadcaster, at, broadcaster, change, on_air, playback_id, publish, read, session, tenant, write,
};

async fn playback(store: &dyn Store, id: &PlaybackId) -> Option<Playback> {
    read(store).await.video_rooms().playback(id).await.unwrap()
}

async fn live(store: &dyn Store) -> (Broadcaster, domain::VideoRoomId) {
    let app = tenant(store, "tenant").await.app.id;
    let by = broadcaster(store, app, "m").await;
    let room = on_air(store, &by, 1).await.record().id;
    (by, room)
}

async fn interrupt(store: &dyn Store, by: &Broadcaster, room: domain::VideoRoomId) {
    change(store, by.member.app, by.key_id(), room, |key, room| {
        let session = key.record().session.unwrap();
        broadcast::ingest_stopped(key, Some(room), session, None, at(20));
    })
    .await;
}

/// An id that was never minted leads nowhere.
pub async fn unknown_playback_id_leads_nowhere(harness: impl Harness) {
    let store = harness.store();
    live(&*store).await;
    assert_eq!(playback(&*store, &playback_id(77)).await, None);
}

/// A room is played under one id from its start, over interruptions, until after its end.
pub async fn room_is_played_from_its_start_until_after_its_end(harness: impl Harness) {
    let store = harness.store();
    let (by, room) = live(&*store).await;
    let expected = |state, until| Playback::Room {
        id: room,
        app: by.member.app,
        member: by.member.id,
        title: "on air".to_owned(),
        state,
        access_level: AccessLevel::Public,
        key: by.key_id(),
        from: at(12),
        until,
        holder: None,
    };
    let id = playback_id(1);
    assert_eq!(
        playback(&*store, &id).await,
        Some(expected(VideoRoomState::Live, None))
    );
    interrupt(&*store, &by, room).await;
    let interrupted = Some(expected(VideoRoomState::LiveInactive, None));
    assert_eq!(playback(&*store, &id).await, interrupted);
    change(&*store, by.member.app, by.key_id(), room, |key, room| {
        broadcast::end(room, Some(key), at(30)).unwrap();
    })
    .await;
    let ended = Some(expected(VideoRoomState::Ended, Some(at(30))));
    assert_eq!(playback(&*store, &id).await, ended);
}

/// A room that was ended by force leads nowhere at once, and neither does the preview of its session.
pub async fn forcibly_terminated_room_leads_nowhere(harness: impl Harness) {
    let store = harness.store();
    let (by, room) = live(&*store).await;
    change(&*store, by.member.app, by.key_id(), room, |key, room| {
        broadcast::force_terminate(key, Some(room), StreamKeySecret::new("fresh"), at(20));
    })
    .await;
    assert_eq!(playback(&*store, &playback_id(1)).await, None);
    assert_eq!(playback(&*store, &playback_id(2)).await, None);
}

/// A deleted room leads nowhere, even if it had ended in the ordinary way.
pub async fn deleted_room_leads_nowhere(harness: impl Harness) {
    let store = harness.store();
    let (by, room) = live(&*store).await;
    interrupt(&*store, &by, room).await;
    change(&*store, by.member.app, by.key_id(), room, |key, room| {
        broadcast::end(room, Some(key), at(30)).unwrap();
        broadcast::delete_room(room, Some(key), at(31));
    })
    .await;
    assert_eq!(playback(&*store, &playback_id(1)).await, None);
}

/// A preview leads to its session, on air or not, as long as the session is the key's.
pub async fn preview_lasts_as_long_as_its_session_is_the_keys(harness: impl Harness) {
    let store = harness.store();
    let (by, room) = live(&*store).await;
    let preview = |number| {
        Some(Playback::Preview {
            app: by.member.app,
            member: by.member.id,
            key: by.key_id(),
            session: SessionId::new(number),
            holder: None,
        })
    };
    assert_eq!(playback(&*store, &playback_id(2)).await, preview(2));
    interrupt(&*store, &by, room).await;
    assert_eq!(playback(&*store, &playback_id(2)).await, None);

    let mut work = write(&*store).await;
    let mut key = work.stream_keys().get(by.key_id()).await.unwrap().unwrap();
    publish(&mut key.value, SessionId::new(9));
    work.stream_keys().update(&key).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(playback(&*store, &playback_id(9)).await, preview(9));
    assert_eq!(playback(&*store, &playback_id(2)).await, None);
}

async fn holder(store: &dyn Store, id: &PlaybackId) -> Option<Holder> {
    match playback(store, id).await.expect("it leads somewhere") {
        Playback::Room { holder, .. } | Playback::Preview { holder, .. } => holder,
    }
}

async fn insert(store: &dyn Store, session: &Session) {
    let mut work = write(store).await;
    work.sessions().insert(session).await.unwrap();
    work.commit().await.unwrap();
}

/// A process of that name is alive for so long.
async fn alive(store: &dyn Store, name: &str, lease: Duration) {
    let node = Node {
        name: name.to_owned(),
        incarnation: "a".to_owned(),
        public_url: format!("http://{name}.example"),
    };
    let mut work = write(store).await;
    work.nodes().take(&node, lease).await.unwrap();
    work.commit().await.unwrap();
}

/// A room is played from the process of the session that published last, up to its end, gone or not; a preview from that
/// of its session.
pub async fn media_is_held_by_the_process_of_the_latest_session(harness: impl Harness) {
    const LONG: Duration = Duration::from_secs(600);
    let store = harness.store();
    let (by, room) = live(&*store).await;
    let (room_id, preview_id) = (playback_id(1), playback_id(2));
    let at_node = |name: &str| {
        Some(Holder {
            node: name.to_owned(),
            url: Some(format!("http://{name}.example")),
            alive: true,
        })
    };
    alive(&*store, "a", LONG).await;
    alive(&*store, "b", LONG).await;
    insert(&*store, &session(2, &by, "a", 10)).await;
    assert_eq!(holder(&*store, &room_id).await, at_node("a"));
    assert_eq!(holder(&*store, &preview_id).await, at_node("a"));

    interrupt(&*store, &by, room).await;
    let mut work = write(&*store).await;
    work.sessions()
        .close(SessionId::new(2), at(20), at(0))
        .await
        .unwrap();
    work.commit().await.unwrap();
    assert_eq!(holder(&*store, &room_id).await, at_node("a"));
    insert(&*store, &session(3, &by, "b", 25)).await;
    assert_eq!(holder(&*store, &room_id).await, at_node("b"));

    change(&*store, by.member.app, by.key_id(), room, |key, room| {
        broadcast::end(room, Some(key), at(30)).unwrap();
    })
    .await;
    insert(&*store, &session(4, &by, "a", 40)).await;
    assert_eq!(
        holder(&*store, &room_id).await,
        at_node("b"),
        "what came later is another broadcast"
    );
    let mut work = write(&*store).await;
    work.sessions()
        .close(SessionId::new(3), at(35), at(0))
        .await
        .unwrap();
    work.sessions()
        .close(SessionId::new(4), at(50), at(0))
        .await
        .unwrap();
    work.commit().await.unwrap();
    assert_eq!(
        holder(&*store, &room_id).await,
        at_node("b"),
        "also when that is over too"
    );
}

/// A process that never said where it is has no address; one whose lease ran out has its address still, and is not
/// alive.
pub async fn process_that_held_media_is_told_dead_from_alive(harness: impl Harness) {
    let store = harness.store();
    let (by, _) = live(&*store).await;
    insert(&*store, &session(2, &by, "a", 10)).await;
    let a = |url: Option<&str>| {
        Some(Holder {
            node: "a".to_owned(),
            url: url.map(str::to_owned),
            alive: false,
        })
    };
    assert_eq!(holder(&*store, &playback_id(1)).await, a(None));
    alive(&*store, "a", Duration::from_millis(50)).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while holder(&*store, &playback_id(1)).await != a(Some("http://a.example")) {
        assert!(
            std::time::Instant::now() < deadline,
            "a dead process is taken for alive"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
