//! Lists of stream keys, and the view of one by its number.

use domain::{AppId, AppUserName, EntityState, StreamKey, StreamKeyId, StreamKeyRecord};
use ports::store::{Page, PageRequest, Store, StreamKeyFilter, StreamKeyView};

use super::Harness;
use super::fixture::{Broadcaster, broadcaster, on_air, read, tenant, write};

const FIRST: PageRequest = PageRequest { page: 0, size: 10 };

async fn list(store: &dyn Store, filter: &StreamKeyFilter, page: PageRequest) -> Page<StreamKeyView> {
    read(store).await.stream_keys().list(filter, page).await.unwrap()
}

fn ids(page: &Page<StreamKeyView>) -> Vec<StreamKeyId> {
    page.items.iter().map(|view| view.key.id).collect()
}

async fn view(store: &dyn Store, app: AppId, id: StreamKeyId) -> Option<StreamKeyView> {
    read(store).await.stream_keys().view(app, id).await.unwrap()
}

async fn delete_key(store: &dyn Store, by: &Broadcaster) {
    let mut work = write(store).await;
    let mut key = work.stream_keys().get(by.key_id()).await.unwrap().unwrap();
    key.value = StreamKey::restore(StreamKeyRecord {
        entity_state: EntityState::Deleted,
        ..key.value.into_record()
    })
    .unwrap();
    work.stream_keys().update(&key).await.unwrap();
    work.commit().await.unwrap();
}

async fn name(store: &dyn Store, by: &Broadcaster, name: &str) {
    let mut work = write(store).await;
    let found = work.members().find(by.member.app, &by.member.app_user_id).await;
    let mut member = found.unwrap().unwrap();
    member.value.profile.name = Some(AppUserName::new(name).unwrap());
    work.members().update(&member).await.unwrap();
    work.commit().await.unwrap();
}

/// The view by number is the view by member, with and without a room.
pub async fn view_by_number_is_the_view_by_member(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let (idle, live) = (
        broadcaster(&*store, app, "m").await,
        broadcaster(&*store, app, "n").await,
    );
    on_air(&*store, &live, 1).await;
    for by in [idle, live] {
        let by_member = read(&*store)
            .await
            .stream_keys()
            .view_by_member(app, &by.member.app_user_id)
            .await;
        assert_eq!(view(&*store, app, by.key_id()).await, by_member.unwrap());
    }
}

/// There is no view of a key that is another app's, deleted, or was never made.
pub async fn view_of_another_apps_or_a_deleted_key_is_none(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    assert_eq!(view(&*store, other, by.key_id()).await, None);
    assert_eq!(view(&*store, app, StreamKeyId::new(404)).await, None);
    delete_key(&*store, &by).await;
    assert_eq!(view(&*store, app, by.key_id()).await, None);
}

/// The list shows what the view shows, newest first, without deleted keys and those of other apps.
pub async fn list_is_newest_first_without_deleted_and_foreign_keys(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let first = broadcaster(&*store, app, "m").await;
    let gone = broadcaster(&*store, app, "gone").await;
    let second = broadcaster(&*store, app, "n").await;
    broadcaster(&*store, other, "m").await;
    delete_key(&*store, &gone).await;
    on_air(&*store, &first, 1).await;
    let page = list(&*store, &StreamKeyFilter::all(app), FIRST).await;
    assert_eq!(ids(&page), [second.key_id(), first.key_id()]);
    assert_eq!(page.total, 2);
    for item in page.items {
        assert_eq!(view(&*store, app, item.key.id).await, Some(item));
    }
}

/// Each filter leaves what it names, two leave what both do, and what is another app's is nothing.
pub async fn filters_combine_with_and(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let (one, two) = (
        broadcaster(&*store, app, "m").await,
        broadcaster(&*store, app, "n").await,
    );
    let stranger = broadcaster(&*store, other, "x").await;
    name(&*store, &one, "Jo").await;
    name(&*store, &two, "Jo").await;
    let room = on_air(&*store, &two, 1).await.record().id;
    let all = StreamKeyFilter::all(app);
    let member = |by: &Broadcaster| StreamKeyFilter {
        member: Some(by.member.id),
        ..all.clone()
    };
    let app_user_id = |id: &str| StreamKeyFilter {
        app_user_id: Some(id.to_owned()),
        ..all.clone()
    };
    let app_user_name = |name: &str| StreamKeyFilter {
        app_user_name: Some(name.to_owned()),
        ..all.clone()
    };
    let of_room = StreamKeyFilter {
        video_room: Some(room),
        ..all.clone()
    };
    let both = StreamKeyFilter {
        app_user_name: Some("Jo".to_owned()),
        ..member(&one)
    };
    let contradictory = StreamKeyFilter {
        member: Some(one.member.id),
        ..of_room.clone()
    };
    let (first, second) = (one.key_id(), two.key_id());
    for (filter, expected) in [
        (member(&one), vec![first]),
        (member(&stranger), vec![]),
        (app_user_id("n"), vec![second]),
        (app_user_id("N"), vec![]),
        (app_user_id("x"), vec![]),
        (app_user_name("Jo"), vec![second, first]),
        (app_user_name("jo"), vec![]),
        (of_room, vec![second]),
        (both, vec![first]),
        (contradictory, vec![]),
    ] {
        let page = list(&*store, &filter, FIRST).await;
        assert_eq!(ids(&page), expected, "{filter:?}");
        assert_eq!(page.total, u64::try_from(expected.len()).unwrap(), "{filter:?}");
    }
}

/// Pages never overlap, each knows the total, and one past the end is empty.
pub async fn pages_follow_each_other_without_overlap(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    for id in ["a", "b", "c"] {
        broadcaster(&*store, app, id).await;
    }
    let mut seen = Vec::new();
    for (number, size) in [(0, 2), (1, 2), (2, 2), (2_147_483_647, 1000)] {
        let request = PageRequest { page: number, size };
        let page = list(&*store, &StreamKeyFilter::all(app), request).await;
        assert_eq!(page.total, 3);
        seen.extend(page.items.into_iter().map(|view| view.member.app_user_id));
    }
    assert_eq!(seen, ["c", "b", "a"]);
}
