//! Stream keys.

use domain::{
    AppUserId, EntityState, MediaFailure, SessionId, StreamKey, StreamKeyMode, StreamKeyRecord,
    StreamKeySecret, StreamKeyState, VideoRoomState, VideoRoomType, broadcast,
};
use ports::store::{MemberBrief, Store, StoreError, Versioned, VideoRoomBrief};

use super::Harness;
use super::fixture::{at, broadcaster, change, on_air, playback_id, read, room, tenant, write};

async fn get(store: &dyn Store, key: &StreamKey) -> Versioned<StreamKey> {
    let mut work = read(store).await;
    work.stream_keys().get(key.record().id).await.unwrap().unwrap()
}

async fn update(store: &dyn Store, key: &Versioned<StreamKey>) -> Result<(), StoreError> {
    let mut work = write(store).await;
    work.stream_keys().update(key).await?;
    work.commit().await
}

fn deleted(key: &StreamKey) -> StreamKey {
    StreamKey::restore(StreamKeyRecord {
        entity_state: EntityState::Deleted,
        ..key.record().clone()
    })
    .unwrap()
}

/// Every field comes back, there or not, after an insert and after an update in both directions.
pub async fn key_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let room = room(&*store, &by.member, "room", 1).await;
    let bare = get(&*store, &by.key).await;
    assert_eq!(bare.value, by.key);

    let full = StreamKey::restore(StreamKeyRecord {
        state: StreamKeyState::ActiveLivePrep,
        secret: StreamKeySecret::new("another"),
        mode: StreamKeyMode::RtmpCmaf,
        session_mode: Some(StreamKeyMode::Rtmp),
        session: Some(SessionId::new(i64::MAX)),
        preview: Some(playback_id(7)),
        video_room: Some(room.record().id),
        forcibly_terminated: true,
        failure: Some(MediaFailure {
            message: "no key frame — 20 s".to_owned(),
            occurred_at: at(-1),
        }),
        last_modified_at: at(70),
        ..by.key.record().clone()
    })
    .unwrap();
    let changed = Versioned {
        value: full.clone(),
        version: bare.version,
    };
    update(&*store, &changed).await.unwrap();
    let stored = get(&*store, &by.key).await;
    assert_eq!(stored.value, full);
    assert_ne!(stored.version, bare.version);

    let emptied = Versioned {
        value: by.key.clone(),
        version: stored.version,
    };
    update(&*store, &emptied).await.unwrap();
    assert_eq!(get(&*store, &by.key).await.value, by.key);
}

/// Two keys can't have one key string, neither made nor changed.
pub async fn key_string_is_unique(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let first = broadcaster(&*store, one, "m").await;
    let second = broadcaster(&*store, other, "m").await;
    let mut key = get(&*store, &second.key).await;
    broadcast::reissue(&mut key.value, first.key.record().secret.clone(), at(9)).unwrap();
    let refused = update(&*store, &key).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
    assert_eq!(get(&*store, &second.key).await.value, second.key);
}

/// A member has one key.
pub async fn member_has_one_key(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let mut work = write(&*store).await;
    let id = work.stream_keys().next_id().await.unwrap();
    let second = StreamKey::new(id, app, by.member.id, StreamKeySecret::new("second"), at(1));
    let refused = work.stream_keys().insert(&second).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
}

/// A room is bound to one key.
pub async fn room_is_bound_to_one_key(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let other = broadcaster(&*store, app, "n").await;
    let room = on_air(&*store, &by, 1).await;
    let stored = get(&*store, &other.key).await;
    let stolen = StreamKey::restore(StreamKeyRecord {
        state: StreamKeyState::InactiveLive,
        video_room: Some(room.record().id),
        ..other.key.record().clone()
    });
    let stolen = Versioned {
        value: stolen.unwrap(),
        version: stored.version,
    };
    let refused = update(&*store, &stolen).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
}

/// A key is found by its number, its string, its member and the room bound to it.
pub async fn key_is_found_in_each_way(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let other = broadcaster(&*store, app, "n").await;
    let room = on_air(&*store, &by, 1).await.record().id;
    let expected = Some(get(&*store, &by.key).await);
    let mut work = read(&*store).await;
    let keys = work.stream_keys();
    assert_eq!(keys.by_secret(&by.key.record().secret).await.unwrap(), expected);
    assert_eq!(
        keys.by_secret(&StreamKeySecret::new("SECRET-1")).await.unwrap(),
        None
    );
    assert_eq!(keys.by_member(by.member.id).await.unwrap(), expected);
    assert_eq!(keys.bound_to(room).await.unwrap(), expected);
    assert_eq!(
        keys.on_air(&[by.key_id(), other.key_id()]).await.unwrap(),
        [by.key_id()]
    );
    assert_eq!(keys.on_air(&[]).await.unwrap(), []);
}

/// A deleted key opens nothing, and is still found by its number and its member.
pub async fn deleted_key_is_not_found_by_its_string(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let mut stored = get(&*store, &by.key).await;
    stored.value = deleted(&stored.value);
    update(&*store, &stored).await.unwrap();
    let mut work = read(&*store).await;
    let keys = work.stream_keys();
    assert_eq!(keys.by_secret(&by.key.record().secret).await.unwrap(), None);
    assert_eq!(
        keys.by_member(by.member.id).await.unwrap().unwrap().value,
        stored.value
    );
    assert_eq!(keys.get(by.key_id()).await.unwrap().unwrap().value, stored.value);
}

/// The view shows app and member, and the room only while one is bound.
pub async fn view_shows_the_room_only_while_it_is_bound(harness: impl Harness) {
    let store = harness.store();
    let tenant = tenant(&*store, "tenant").await;
    let app = tenant.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let id = AppUserId::new("m").unwrap();
    let view = read(&*store).await.stream_keys().view_by_member(app, &id).await;
    let view = view.unwrap().unwrap();
    assert_eq!(view.key, *by.key.record());
    assert_eq!((view.app.id, view.app.name.as_str()), (app, "tenant"));
    let brief = MemberBrief {
        id: by.member.id,
        state: EntityState::Active,
        app_user_id: "m".to_owned(),
        name: None,
        img_url: None,
    };
    assert_eq!(view.member, brief);
    assert_eq!(view.video_room, None);

    let room = on_air(&*store, &by, 1).await.record().id;
    let view = read(&*store).await.stream_keys().view_by_member(app, &id).await;
    let brief = VideoRoomBrief {
        id: room,
        entity_state: EntityState::Active,
        state: VideoRoomState::Live,
        kind: VideoRoomType::BroadcastRtmp,
        title: "on air".to_owned(),
    };
    assert_eq!(view.unwrap().unwrap().video_room, Some(brief));

    let fresh = StreamKeySecret::new("fresh");
    change(&*store, app, by.key_id(), room, |key, room| {
        broadcast::force_terminate(key, Some(room), fresh, at(20));
    })
    .await;
    let view = read(&*store).await.stream_keys().view_by_member(app, &id).await;
    assert_eq!(view.unwrap().unwrap().video_room, None);
}

/// There is no view of the key of a member that is another app's, or deleted.
pub async fn view_of_another_apps_or_a_deleted_members_key_is_none(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let id = AppUserId::new("m").unwrap();
    let view = read(&*store).await.stream_keys().view_by_member(other, &id).await;
    assert_eq!(view.unwrap(), None);
    let mut work = write(&*store).await;
    let mut member = work
        .members()
        .find(app, &by.member.app_user_id)
        .await
        .unwrap()
        .unwrap();
    member.value.state = EntityState::Deleted;
    work.members().update(&member).await.unwrap();
    work.commit().await.unwrap();
    let view = read(&*store).await.stream_keys().view_by_member(app, &id).await;
    assert_eq!(view.unwrap(), None);
}

/// Who read a key before another changed it is told so.
pub async fn outdated_update_is_stale(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let mut mine = get(&*store, &by.key).await;
    let theirs = mine.clone();
    broadcast::reissue(&mut mine.value, StreamKeySecret::new("mine"), at(9)).unwrap();
    update(&*store, &mine).await.unwrap();
    let refused = update(&*store, &theirs).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    assert_eq!(get(&*store, &by.key).await.value, mine.value);
}

/// Several keys come at once, deleted or not; numbers that no key has are left out.
pub async fn several_keys_come_at_once(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let one = broadcaster(&*store, app, "one").await;
    let two = broadcaster(&*store, app, "two").await;
    let gone = Versioned {
        value: deleted(&two.key),
        version: get(&*store, &two.key).await.version,
    };
    update(&*store, &gone).await.unwrap();
    let asked = [two.key_id(), domain::StreamKeyId::new(i64::MAX), one.key_id()];
    let mut found = read(&*store).await.stream_keys().several(&asked).await.unwrap();
    found.sort_by_key(|key| key.id);
    assert_eq!(found, [one.key.record().clone(), gone.value.record().clone()]);
}

/// The keys of several members come at once, deleted or not; members that are not there have none.
pub async fn keys_of_several_members_come_at_once(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let one = broadcaster(&*store, app, "one").await;
    let two = broadcaster(&*store, app, "two").await;
    broadcaster(&*store, app, "three").await;
    let gone = Versioned {
        value: deleted(&two.key),
        version: get(&*store, &two.key).await.version,
    };
    update(&*store, &gone).await.unwrap();
    let asked = [two.member.id, domain::MemberId::new(i64::MAX), one.member.id];
    let mut found = read(&*store)
        .await
        .stream_keys()
        .of_members(&asked)
        .await
        .unwrap();
    found.sort_by_key(|key| key.id);
    assert_eq!(found, [one.key.record().clone(), gone.value.record().clone()]);
    let none = read(&*store).await.stream_keys().of_members(&[]).await.unwrap();
    assert_eq!(none, []);
}
