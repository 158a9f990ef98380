//! Whitelists of rooms.

use domain::{AppId, EntityState, Member, MemberId, StreamKeySecret, VideoRoomId, broadcast};
use ports::store::{Page, PageRequest, Store, StoreError, VideoRoomFilter, VideoRoomSort};

use super::Harness;
use super::fixture::{Broadcaster, at, broadcaster, read, room, tenant, write};

const FIRST: PageRequest = PageRequest { page: 0, size: 10 };

async fn add(store: &dyn Store, room: VideoRoomId, member: &Member, micros: i64) {
    let mut work = write(store).await;
    work.whitelist().add(room, member.id, at(micros)).await.unwrap();
    work.commit().await.unwrap();
}

async fn remove(store: &dyn Store, room: VideoRoomId, member: MemberId) {
    let mut work = write(store).await;
    work.whitelist().remove(room, member).await.unwrap();
    work.commit().await.unwrap();
}

async fn page(store: &dyn Store, room: VideoRoomId, page: PageRequest) -> (Vec<String>, u64) {
    let page: Page<_> = read(store).await.whitelist().list(room, page).await.unwrap();
    let ids = page.items.iter();
    let ids = ids.map(|view| view.member.app_user_id.as_str().to_owned());
    (ids.collect(), page.total)
}

async fn listed(store: &dyn Store, room: VideoRoomId) -> (Vec<String>, u64) {
    page(store, room, FIRST).await
}

async fn has(store: &dyn Store, room: VideoRoomId, member: &Member) -> bool {
    read(store).await.whitelist().has(room, member.id).await.unwrap()
}

/// What the room's view, and a list of rooms, say of the whitelist.
async fn counted(store: &dyn Store, app: AppId, room: VideoRoomId) -> u64 {
    let view = read(store).await.video_rooms().view(app, room).await.unwrap();
    let filter = VideoRoomFilter {
        app,
        member: None,
        keyword: None,
        state: None,
        kind: None,
        access_level: None,
        sort: VideoRoomSort::default(),
    };
    let rooms = read(store)
        .await
        .video_rooms()
        .list(&filter, FIRST)
        .await
        .unwrap();
    let item = rooms.items.into_iter().find(|item| item.room.id == room).unwrap();
    let view = view.unwrap();
    assert_eq!(view.whitelist_count, item.whitelist_count);
    view.whitelist_count
}

/// A room of its first member, and all of them.
async fn room_and_members(store: &dyn Store, count: usize) -> (AppId, VideoRoomId, Vec<Broadcaster>) {
    let app = tenant(store, "tenant").await.app.id;
    let mut members = Vec::new();
    for number in 0..count {
        members.push(broadcaster(store, app, &format!("m{number}")).await);
    }
    let room = room(store, &members[0].member, "room", 5).await.record().id;
    (app, room, members)
}

/// A whitelist is empty at first, and shows the views of its members, the last one added first.
pub async fn whitelist_shows_the_last_one_added_first(harness: impl Harness) {
    let store = harness.store();
    let (app, id, members) = room_and_members(&*store, 4).await;
    let other = room(&*store, &members[0].member, "other", 6).await.record().id;
    assert_eq!(listed(&*store, id).await, (vec![], 0));
    for (number, micros) in [(2, 20), (1, 10), (3, 10)] {
        add(&*store, id, &members[number].member, micros).await;
    }
    add(&*store, other, &members[0].member, 10).await;
    let three = ["m2", "m3", "m1"].map(ToOwned::to_owned);
    assert_eq!(listed(&*store, id).await, (three.to_vec(), 3));
    for (number, expected) in [(0, vec!["m2", "m3"]), (1, vec!["m1"]), (2, vec![])] {
        let request = PageRequest {
            page: number,
            size: 2,
        };
        let expected = expected.into_iter().map(ToOwned::to_owned).collect();
        assert_eq!(page(&*store, id, request).await, (expected, 3));
    }
    let shown = read(&*store).await.whitelist().list(id, FIRST).await.unwrap();
    for item in shown.items {
        let id = item.member.app_user_id.clone();
        let view = read(&*store).await.members().view(app, &id).await.unwrap();
        assert_eq!(view, Some(item));
    }
    assert!(has(&*store, id, &members[1].member).await);
    assert!(!has(&*store, id, &members[0].member).await);
}

/// Adding and removing twice is the same as once, and the room counts who is there.
pub async fn adding_and_removing_twice_is_the_same_as_once(harness: impl Harness) {
    let store = harness.store();
    let (app, id, members) = room_and_members(&*store, 3).await;
    assert_eq!(counted(&*store, app, id).await, 0);
    add(&*store, id, &members[1].member, 10).await;
    add(&*store, id, &members[2].member, 20).await;
    add(&*store, id, &members[1].member, 30).await;
    let two = ["m2", "m1"].map(ToOwned::to_owned);
    assert_eq!(
        listed(&*store, id).await,
        (two.to_vec(), 2),
        "each keeps its place"
    );
    assert_eq!(counted(&*store, app, id).await, 2);
    for _ in 0..2 {
        remove(&*store, id, members[2].member.id).await;
        remove(&*store, id, members[0].member.id).await;
        assert_eq!(listed(&*store, id).await, (vec!["m1".to_owned()], 1));
        assert_eq!(counted(&*store, app, id).await, 1);
    }
    assert!(!has(&*store, id, &members[2].member).await);
}

/// Changes of the room leave its whitelist and their count alone, and are not stale after a change of that.
pub async fn whitelist_and_room_change_side_by_side(harness: impl Harness) {
    let store = harness.store();
    let (app, id, members) = room_and_members(&*store, 2).await;
    let mut room = read(&*store)
        .await
        .video_rooms()
        .get(app, id)
        .await
        .unwrap()
        .unwrap();
    add(&*store, id, &members[1].member, 10).await;
    broadcast::cancel(&mut room.value, at(20)).unwrap();
    let mut work = write(&*store).await;
    work.video_rooms().update(&room).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(counted(&*store, app, id).await, 1);
}

/// A room or a member that is not there is refused, and nothing is counted.
pub async fn what_is_deleted_is_put_on_no_whitelist(harness: impl Harness) {
    let store = harness.store();
    let (app, id, members) = room_and_members(&*store, 3).await;
    let gone = &members[2];
    delete_member(&*store, gone).await;
    let deleted = room(&*store, &members[0].member, "deleted", 6).await.record().id;
    delete_room(&*store, app, deleted).await;
    for (room, member) in [
        (id, gone.member.id),
        (id, MemberId::new(i64::MAX)),
        (deleted, members[1].member.id),
    ] {
        let mut work = write(&*store).await;
        let refused = work.whitelist().add(room, member, at(10)).await;
        assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    }
    assert_eq!(listed(&*store, id).await, (vec![], 0));
    assert_eq!(counted(&*store, app, id).await, 0);
}

/// A member that is deleted drops out of every list and count.
pub async fn deleted_member_drops_out_of_every_whitelist(harness: impl Harness) {
    let store = harness.store();
    let (app, one, members) = room_and_members(&*store, 3).await;
    let other = room(&*store, &members[0].member, "other", 6).await.record().id;
    for id in [one, other] {
        add(&*store, id, &members[1].member, 10).await;
    }
    add(&*store, one, &members[2].member, 10).await;
    delete_member(&*store, &members[1]).await;
    assert_eq!(listed(&*store, one).await, (vec!["m2".to_owned()], 1));
    assert_eq!(listed(&*store, other).await, (vec![], 0));
    assert_eq!(counted(&*store, app, one).await, 1);
    assert_eq!(counted(&*store, app, other).await, 0);
    assert!(!has(&*store, one, &members[1].member).await);
}

/// Who is on the whitelist of a room that is deleted stays on it until the member is deleted too.
pub async fn whitelist_of_a_deleted_room_stays(harness: impl Harness) {
    let store = harness.store();
    let (app, one, members) = room_and_members(&*store, 2).await;
    let other = room(&*store, &members[0].member, "other", 6).await.record().id;
    for id in [one, other] {
        add(&*store, id, &members[1].member, 10).await;
    }
    delete_room(&*store, app, one).await;
    assert!(has(&*store, one, &members[1].member).await);
    assert_eq!(counted(&*store, app, other).await, 1);
    delete_member(&*store, &members[1]).await;
    assert!(!has(&*store, one, &members[1].member).await);
    assert_eq!(listed(&*store, one).await, (vec![], 0));
    assert_eq!(counted(&*store, app, other).await, 0);
}

/// What many change at the same time is counted exactly.
pub async fn concurrent_changes_are_all_counted(harness: impl Harness) {
    let store = harness.store();
    let (app, id, members) = room_and_members(&*store, 9).await;
    let mut changes = tokio::task::JoinSet::new();
    for by in &members {
        let (store, member) = (harness.store(), by.member.clone());
        changes.spawn(async move {
            add(&*store, id, &member, 10).await;
            remove(&*store, id, member.id).await;
            add(&*store, id, &member, 10).await;
        });
    }
    while let Some(changed) = changes.join_next().await {
        changed.unwrap();
    }
    assert_eq!(listed(&*store, id).await.0.len(), 9);
    assert_eq!(counted(&*store, app, id).await, 9);
}

async fn delete_member(store: &dyn Store, by: &Broadcaster) {
    let mut work = write(store).await;
    let mut key = work.stream_keys().by_member(by.member.id).await.unwrap().unwrap();
    let app = by.member.app;
    let mut member = work.members().get(app, by.member.id).await.unwrap().unwrap();
    let fresh = StreamKeySecret::new(format!("fresh-{}", by.member.id));
    broadcast::delete_member(&mut member.value, &mut key.value, None, fresh, at(50));
    work.stream_keys().update(&key).await.unwrap();
    work.members().update(&member).await.unwrap();
    work.whitelist().forget(member.value.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(member.value.state, EntityState::Deleted);
}

async fn delete_room(store: &dyn Store, app: AppId, id: VideoRoomId) {
    let mut work = write(store).await;
    let mut room = work.video_rooms().get(app, id).await.unwrap().unwrap();
    broadcast::delete_room(&mut room.value, None, at(50));
    work.video_rooms().update(&room).await.unwrap();
    work.commit().await.unwrap();
}

/// Of some rooms and some members, those pairs are found that are on a list.
pub async fn of_some_rooms_and_members_the_listed_ones_are_found(harness: impl Harness) {
    let store = harness.store();
    let (_, one, members) = room_and_members(&*store, 4).await;
    let two = room(&*store, &members[0].member, "two", 6).await.record().id;
    let three = room(&*store, &members[0].member, "three", 7).await.record().id;
    for (room, member) in [(one, 1), (one, 2), (two, 2), (three, 3), (two, 3)] {
        add(&*store, room, &members[member].member, 10).await;
    }
    let ids = [1, 2, 0].map(|number| members[number].member.id);
    let mut work = read(&*store).await;
    let mut found = work.whitelist().among(&[two, one], &ids).await.unwrap();
    found.sort_unstable();
    assert_eq!(found, [(one, ids[0]), (one, ids[1]), (two, ids[1])]);
    assert_eq!(work.whitelist().among(&[], &ids).await.unwrap(), []);
    assert_eq!(work.whitelist().among(&[one], &[]).await.unwrap(), []);
}
