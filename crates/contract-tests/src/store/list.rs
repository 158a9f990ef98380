//! Lists of rooms: filters, orders, pages.

use domain::{AccessLevel, AppId, VideoRoom, VideoRoomRecord, VideoRoomState, VideoRoomType};
use ports::store::{Page, PageRequest, Store, VideoRoomFilter, VideoRoomSort, VideoRoomView};

use super::Harness;
use super::fixture::{Broadcaster, at, broadcaster, new_room, on_air, read, room, tenant, write};

const FIRST: PageRequest = PageRequest { page: 0, size: 10 };

fn all(app: AppId) -> VideoRoomFilter {
    VideoRoomFilter {
        app,
        member: None,
        keyword: None,
        state: None,
        kind: None,
        access_level: None,
        sort: VideoRoomSort::default(),
    }
}

async fn list(store: &dyn Store, filter: &VideoRoomFilter, page: PageRequest) -> Page<VideoRoomView> {
    read(store).await.video_rooms().list(filter, page).await.unwrap()
}

fn titles(page: &Page<VideoRoomView>) -> Vec<&str> {
    page.items.iter().map(|view| view.room.title.as_str()).collect()
}

/// A room like a new one but for what `change` says.
async fn special(
    store: &dyn Store,
    by: &Broadcaster,
    title: &str,
    change: impl FnOnce(&mut VideoRoomRecord),
) {
    let mut work = write(store).await;
    let mut record = new_room(work.as_mut(), &by.member, title, 1).await.into_record();
    change(&mut record);
    work.video_rooms()
        .insert(&VideoRoom::restore(record).unwrap())
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// An empty store has an empty page.
pub async fn empty_list_is_an_empty_page(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let page = list(&*store, &all(app), FIRST).await;
    assert_eq!((page.items.len(), page.total), (0, 0));
}

/// A list shows what the view of one room shows.
pub async fn items_are_what_the_view_shows(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    room(&*store, &by.member, "scheduled", 1).await;
    on_air(&*store, &by, 1).await;
    let page = list(&*store, &all(app), FIRST).await;
    assert_eq!((page.items.len(), page.total), (2, 2));
    for item in page.items {
        let view = read(&*store).await.video_rooms().view(app, item.room.id).await;
        assert_eq!(view.unwrap(), Some(item));
    }
}

/// Rooms that are deleted or another app's are neither shown nor counted.
pub async fn list_has_no_deleted_rooms_and_none_of_other_apps(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let stranger = broadcaster(&*store, other, "m").await;
    room(&*store, &by.member, "here", 1).await;
    room(&*store, &stranger.member, "elsewhere", 1).await;
    special(&*store, &by, "deleted", |record| {
        record.entity_state = domain::EntityState::Deleted;
    })
    .await;
    let page = list(&*store, &all(app), FIRST).await;
    assert_eq!((titles(&page), page.total), (vec!["here"], 1));
    let filter = VideoRoomFilter {
        member: Some(stranger.member.id),
        ..all(app)
    };
    let page = list(&*store, &filter, FIRST).await;
    assert_eq!((page.items.len(), page.total), (0, 0));
}

/// Each filter leaves what it names, and two leave what both do.
pub async fn filters_combine_with_and(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let (one, other) = (
        broadcaster(&*store, app, "m").await,
        broadcaster(&*store, app, "n").await,
    );
    special(&*store, &one, "plain", |_| ()).await;
    special(&*store, &one, "webinar", |record| {
        record.kind = VideoRoomType::Webinar;
    })
    .await;
    special(&*store, &other, "cancelled", |record| {
        record.state = VideoRoomState::Cancelled;
        record.cancelled_at = Some(at(2));
    })
    .await;
    special(&*store, &other, "private webinar", |record| {
        record.kind = VideoRoomType::Webinar;
        record.access_level = AccessLevel::Private;
    })
    .await;
    let by_member = VideoRoomFilter {
        member: Some(one.member.id),
        ..all(app)
    };
    let by_state = VideoRoomFilter {
        state: Some(VideoRoomState::Cancelled),
        ..all(app)
    };
    let by_kind = VideoRoomFilter {
        kind: Some(VideoRoomType::Webinar),
        ..all(app)
    };
    let by_level = VideoRoomFilter {
        access_level: Some(AccessLevel::Private),
        ..all(app)
    };
    let by_two = VideoRoomFilter {
        keyword: Some("webinar".to_owned()),
        ..by_member.clone()
    };
    let by_all = VideoRoomFilter {
        member: Some(other.member.id),
        keyword: Some("private".to_owned()),
        state: Some(VideoRoomState::Scheduled),
        kind: Some(VideoRoomType::Webinar),
        access_level: Some(AccessLevel::Private),
        ..all(app)
    };
    for (filter, expected) in [
        (all(app), vec!["private webinar", "cancelled", "webinar", "plain"]),
        (by_member, vec!["webinar", "plain"]),
        (by_state, vec!["cancelled"]),
        (by_kind, vec!["private webinar", "webinar"]),
        (by_level, vec!["private webinar"]),
        (by_two, vec!["webinar"]),
        (by_all, vec!["private webinar"]),
    ] {
        let page = list(&*store, &filter, FIRST).await;
        assert_eq!(titles(&page), expected, "{filter:?}");
        assert_eq!(page.total, u64::try_from(expected.len()).unwrap(), "{filter:?}");
    }
}

/// Each order, with rows of equal keys by id in the same direction.
pub async fn equal_keys_are_ordered_by_id(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    for (title, created, modified) in [("a", 5, 9), ("b", 5, 7), ("c", 3, 9), ("d", 8, 8)] {
        special(&*store, &by, title, |record| {
            record.created_at = at(created);
            record.last_modified_at = at(modified);
        })
        .await;
    }
    for (sort, expected) in [
        (VideoRoomSort::CreatedAtAsc, ["c", "a", "b", "d"]),
        (VideoRoomSort::CreatedAtDesc, ["d", "b", "a", "c"]),
        (VideoRoomSort::LastModifiedAtAsc, ["b", "d", "a", "c"]),
        (VideoRoomSort::LastModifiedAtDesc, ["c", "a", "d", "b"]),
    ] {
        let filter = VideoRoomFilter { sort, ..all(app) };
        assert_eq!(titles(&list(&*store, &filter, FIRST).await), expected, "{sort:?}");
    }
}

/// Pages never overlap, leave nothing out, and each knows the total; one past the end is empty.
pub async fn pages_follow_each_other_without_overlap(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    for title in ["a", "b", "c", "d", "e"] {
        room(&*store, &by.member, title, 1).await;
    }
    let mut seen = Vec::new();
    for number in 0..3 {
        let request = PageRequest {
            page: number,
            size: 2,
        };
        let page = list(&*store, &all(app), request).await;
        assert_eq!(page.total, 5);
        seen.extend(titles(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, ["e", "d", "c", "b", "a"]);
    for number in [3, 2_147_483_647] {
        let request = PageRequest {
            page: number,
            size: 1000,
        };
        let page = list(&*store, &all(app), request).await;
        assert_eq!((page.items.len(), page.total), (0, 5));
    }
}
