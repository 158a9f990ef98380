//! Video rooms, one by one.

use domain::{
    AccessLevel, CreatorType, Description, EntityState, SessionId, Title, VideoRoom, VideoRoomRecord,
    VideoRoomState, VideoRoomType, VodState, broadcast,
};
use ports::store::{AppBrief, MemberBrief, Store, StoreError, StreamKeyBrief, Versioned};

use super::Harness;
use super::fixture::{at, broadcaster, change, new_room, on_air, playback_id, read, room, tenant, write};

async fn get(store: &dyn Store, room: &VideoRoom) -> Option<Versioned<VideoRoom>> {
    let mut work = read(store).await;
    let (app, id) = (room.record().app, room.record().id);
    work.video_rooms().get(app, id).await.unwrap()
}

async fn update(store: &dyn Store, room: &Versioned<VideoRoom>) -> Result<(), StoreError> {
    let mut work = write(store).await;
    work.video_rooms().update(room).await?;
    work.commit().await
}

/// Every field comes back, there or not, after an insert and after an update in both directions.
pub async fn room_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let bare = room(&*store, &by.member, "", -1).await;
    let bare = VideoRoom::restore(VideoRoomRecord {
        kind: VideoRoomType::Webinar,
        scheduled_at: None,
        state: VideoRoomState::Active,
        ..bare.into_record()
    })
    .unwrap();
    let full = VideoRoom::restore(VideoRoomRecord {
        state: VideoRoomState::Archived,
        kind: VideoRoomType::BroadcastRtmp,
        creator_type: CreatorType::Member,
        creator_id: i64::MIN,
        access_level: AccessLevel::Restricted,
        title: Title::new("İstanbul — \"100%\"\n").unwrap(),
        description: Some(Description::new("").unwrap()),
        scheduled_at: Some(at(-5)),
        channel_key: "abc".to_owned(),
        playback: Some(playback_id(3)),
        live_started_at: Some(at(6)),
        live_ended_at: Some(at(7)),
        forcibly_terminated: true,
        vod_state: VodState::FailedArchiving,
        created_at: at(-2_000_000_000_000_000),
        last_modified_at: at(9),
        ..bare.record().clone()
    })
    .unwrap();
    let cancelled = VideoRoom::restore(VideoRoomRecord {
        state: VideoRoomState::Cancelled,
        cancelled_at: Some(at(8)),
        ..bare.record().clone()
    })
    .unwrap();
    for value in [full, bare.clone(), cancelled, bare.clone()] {
        let version = get(&*store, &bare).await.unwrap().version;
        let changed = Versioned { value, version };
        update(&*store, &changed).await.unwrap();
        let stored = get(&*store, &bare).await.unwrap();
        assert_eq!(stored.value, changed.value);
        assert_ne!(stored.version, version);
    }
}

/// Every value of every enumeration of a room can be stored.
pub async fn every_name_can_be_stored(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let made = room(&*store, &by.member, "", 1).await;
    let mut records = Vec::new();
    for kind in VideoRoomType::ALL {
        records.push(VideoRoomRecord {
            kind: *kind,
            ..made.record().clone()
        });
    }
    for access_level in AccessLevel::ALL {
        records.push(VideoRoomRecord {
            access_level: *access_level,
            ..made.record().clone()
        });
    }
    for (creator_type, vod_state) in CreatorType::ALL.iter().cycle().zip(VodState::ALL) {
        records.push(VideoRoomRecord {
            creator_type: *creator_type,
            vod_state: *vod_state,
            ..made.record().clone()
        });
    }
    for record in records {
        let mut stored = get(&*store, &made).await.unwrap();
        stored.value = VideoRoom::restore(record).unwrap();
        update(&*store, &stored).await.unwrap();
        assert_eq!(get(&*store, &made).await.unwrap().value, stored.value);
    }
}

/// A room of another app is not there.
pub async fn room_of_another_app_is_none(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let id = room(&*store, &by.member, "", 1).await.record().id;
    let mut work = read(&*store).await;
    assert_eq!(work.video_rooms().get(other, id).await.unwrap(), None);
    assert_eq!(work.video_rooms().view(other, id).await.unwrap(), None);
    assert!(work.video_rooms().get(app, id).await.unwrap().is_some());
    assert!(work.video_rooms().view(app, id).await.unwrap().is_some());
}

/// A deleted room is not there.
pub async fn deleted_room_is_none(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let made = room(&*store, &by.member, "", 1).await;
    let mut stored = get(&*store, &made).await.unwrap();
    broadcast::delete_room(&mut stored.value, None, at(5));
    update(&*store, &stored).await.unwrap();
    assert_eq!(get(&*store, &made).await, None);
    let view = read(&*store)
        .await
        .video_rooms()
        .view(app, made.record().id)
        .await;
    assert_eq!(view.unwrap(), None);
}

/// The view shows app, owner and member, and the key only while the room is bound to it.
pub async fn view_shows_the_key_only_while_it_is_bound(harness: impl Harness) {
    let store = harness.store();
    let tenant = tenant(&*store, "tenant").await;
    let app = tenant.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let scheduled = room(&*store, &by.member, "scheduled", 1).await;
    let live = on_air(&*store, &by, 1).await;
    let view = read(&*store)
        .await
        .video_rooms()
        .view(app, live.record().id)
        .await;
    let view = view.unwrap().unwrap();
    assert_eq!(view.room, *live.record());
    assert_eq!(view.owner, tenant.owner);
    let brief = AppBrief {
        id: app,
        state: EntityState::Active,
        name: "tenant".to_owned(),
    };
    assert_eq!(view.app, brief);
    let brief = StreamKeyBrief {
        id: by.key_id(),
        entity_state: EntityState::Active,
        state: domain::StreamKeyState::ActiveLive,
        mode: domain::StreamKeyMode::Cmaf,
    };
    assert_eq!(view.stream_key, Some(brief));
    let view = read(&*store)
        .await
        .video_rooms()
        .view(app, scheduled.record().id)
        .await;
    assert_eq!(view.unwrap().unwrap().stream_key, None);

    change(&*store, app, by.key_id(), live.record().id, |key, room| {
        let session = key.record().session.unwrap();
        broadcast::ingest_stopped(key, Some(room), session, None, at(20));
        broadcast::end(room, Some(key), at(21)).unwrap();
    })
    .await;
    let view = read(&*store)
        .await
        .video_rooms()
        .view(app, live.record().id)
        .await;
    let view = view.unwrap().unwrap();
    assert_eq!((view.room.state, view.stream_key), (VideoRoomState::Ended, None));
}

/// A room outlives its member, and says that the member is deleted.
pub async fn view_shows_that_the_member_is_deleted(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let id = room(&*store, &by.member, "", 1).await.record().id;
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
    let view = read(&*store).await.video_rooms().view(app, id).await;
    let brief = MemberBrief {
        id: by.member.id,
        state: EntityState::Deleted,
        app_user_id: "m".to_owned(),
        name: None,
        img_url: None,
    };
    assert_eq!(view.unwrap().unwrap().member, brief);
}

/// Two rooms can't be played under one id.
pub async fn playback_id_is_unique(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    on_air(&*store, &broadcaster(&*store, app, "m").await, 1).await;
    let by = broadcaster(&*store, other, "m").await;
    let mut stored = get(&*store, &room(&*store, &by.member, "", 1).await)
        .await
        .unwrap();
    stored.value = VideoRoom::restore(VideoRoomRecord {
        state: VideoRoomState::Live,
        playback: Some(playback_id(1)),
        live_started_at: Some(at(3)),
        ..stored.value.into_record()
    })
    .unwrap();
    let refused = update(&*store, &stored).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
}

/// Numbers rise, and one that was given to a room that is since deleted does not come back.
pub async fn ids_are_never_used_again(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let mut last = 0;
    for _ in 0..3 {
        let made = room(&*store, &by.member, "", 1).await;
        assert!(made.record().id.get() > last);
        last = made.record().id.get();
        let mut stored = get(&*store, &made).await.unwrap();
        broadcast::delete_room(&mut stored.value, None, at(5));
        update(&*store, &stored).await.unwrap();
    }
    let mut work = write(&*store).await;
    let one = new_room(work.as_mut(), &by.member, "", 1).await.record().id;
    let other = new_room(work.as_mut(), &by.member, "", 1).await.record().id;
    assert!(one.get() > last && other > one);
}

/// Who read a room before another changed it is told so, also within one unit of work.
pub async fn outdated_update_is_stale(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let made = room(&*store, &by.member, "", 1).await;
    let mut mine = get(&*store, &made).await.unwrap();
    let theirs = mine.clone();
    broadcast::cancel(&mut mine.value, at(5)).unwrap();
    update(&*store, &mine).await.unwrap();
    let refused = update(&*store, &theirs).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    assert_eq!(get(&*store, &made).await.unwrap().value, mine.value);

    let again = get(&*store, &made).await.unwrap();
    let mut work = write(&*store).await;
    work.video_rooms().update(&again).await.unwrap();
    let refused = work.video_rooms().update(&again).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
}

/// Rooms are found that have been interrupted for long enough, of whatever app, as long as nobody publishes to them.
pub async fn interrupted_rooms_are_found_after_a_while(harness: impl Harness) {
    let store = harness.store();
    let mut interrupted = Vec::new();
    for (n, name) in (1..).zip(["one", "two", "three"]) {
        let app = tenant(&*store, name).await.app.id;
        let by = broadcaster(&*store, app, "m").await;
        let id = on_air(&*store, &by, n * 10).await.record().id;
        change(&*store, app, by.key_id(), id, |key, room| {
            let session = SessionId::new(n * 10 + 1);
            broadcast::ingest_stopped(key, Some(room), session, None, at(20 + n));
        })
        .await;
        interrupted.push((app, id, by));
    }
    let found = async |micros, limit| {
        let mut work = read(&*store).await;
        let found = work.video_rooms().interrupted(at(micros), limit).await.unwrap();
        found.into_iter().collect::<std::collections::BTreeSet<_>>()
    };
    let expected = |n: usize| {
        let first = interrupted.iter().take(n);
        first.map(|(app, id, _)| (*app, *id)).collect()
    };
    assert_eq!(found(20, 9).await, expected(0));
    assert_eq!(found(22, 9).await, expected(2));
    assert_eq!(found(99, 9).await, expected(3));
    assert_eq!(found(99, 1).await.len(), 1);
    // A publisher on its way back in the third, and the end of the second.
    let (app, id, by) = &interrupted[2];
    change(&*store, *app, by.key_id(), *id, |key, _| {
        let back = broadcast::NewSession {
            id: SessionId::new(99),
            preview: playback_id(99),
            mode: None,
        };
        broadcast::ingest_started(key, back, at(30)).unwrap();
    })
    .await;
    let (app, id, by) = &interrupted[1];
    change(&*store, *app, by.key_id(), *id, |key, room| {
        broadcast::end(room, Some(key), at(31)).unwrap();
    })
    .await;
    assert_eq!(found(99, 9).await, expected(1));
}

/// Several rooms come at once, deleted or not; numbers that no room has are left out.
pub async fn several_rooms_come_at_once(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let one = room(&*store, &by.member, "one", 1).await;
    let two = room(&*store, &by.member, "two", 2).await;
    let mut stored = get(&*store, &two).await.unwrap();
    broadcast::delete_room(&mut stored.value, None, at(9));
    update(&*store, &stored).await.unwrap();
    let asked = [
        two.record().id,
        domain::VideoRoomId::new(i64::MAX),
        one.record().id,
    ];
    let mut found = read(&*store).await.video_rooms().several(&asked).await.unwrap();
    found.sort_by_key(|room| room.id);
    assert_eq!(found, [one.record().clone(), stored.value.record().clone()]);
    assert_eq!(read(&*store).await.video_rooms().several(&[]).await.unwrap(), []);
}
