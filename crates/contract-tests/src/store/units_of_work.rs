//! What a unit of work promises: all or nothing, and locks that are free at once.

use std::sync::Arc;
use std::time::Duration;

use domain::{App, AppName, EntityState};
use ports::store::{PageRequest, Store, StoreError, VideoRoomFilter, VideoRoomSort};

use super::Harness;
use super::fixture::{at, insert_user, read, room, tenant, write};
use super::fixture::{broadcaster, new_room};

/// Longer than any write takes, shorter than waiting for a lock to time out.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A store that is there says so.
pub async fn store_answers(harness: impl Harness) {
    harness.store().ping().await.unwrap();
}

/// What is written is seen by its own unit of work, and by nobody else before the commit.
pub async fn uncommitted_writes_are_seen_by_nobody_else(harness: impl Harness) {
    let store = harness.store();
    let mut reading = read(&*store).await;
    let mut writing = write(&*store).await;
    let user = insert_user(writing.as_mut(), "u").await;
    let found = writing.apps().user_by_username("u").await.unwrap();
    assert_eq!(found, Some(user.clone()));
    assert_eq!(reading.apps().user_by_username("u").await.unwrap(), None);
    assert_eq!(
        read(&*store).await.apps().user_by_username("u").await.unwrap(),
        None
    );
    writing.commit().await.unwrap();
    let found = reading.apps().user_by_username("u").await.unwrap();
    assert_eq!(
        found,
        Some(user),
        "each query sees what is committed when it runs"
    );
}

/// What was written is gone when the unit of work is dropped, and the next one may write at once.
pub async fn dropped_unit_of_work_is_rolled_back_and_frees_its_locks(harness: impl Harness) {
    let store = harness.store();
    for _ in 0..3 {
        let mut work = write(&*store).await;
        insert_user(work.as_mut(), "dropped").await;
        drop(work);
        let next = async {
            let mut work = write(&*store).await;
            assert_eq!(work.apps().user_by_username("dropped").await.unwrap(), None);
            work.commit().await.unwrap();
        };
        tokio::time::timeout(AT_ONCE, next)
            .await
            .expect("the lock is free");
    }
}

/// A writer that waits gets its turn as soon as the one before it is dropped.
pub async fn waiting_writer_gets_its_turn_when_the_other_is_dropped(harness: impl Harness) {
    let store = harness.store();
    let mut first = write(&*store).await;
    insert_user(first.as_mut(), "first").await;
    let waiting = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut work = write(&*store).await;
            insert_user(work.as_mut(), "second").await;
            work.commit().await.unwrap();
        })
    };
    tokio::task::yield_now().await;
    drop(first);
    tokio::time::timeout(AT_ONCE, waiting)
        .await
        .expect("its turn comes")
        .unwrap();
    let mut work = read(&*store).await;
    assert_eq!(work.apps().user_by_username("first").await.unwrap(), None);
    assert!(work.apps().user_by_username("second").await.unwrap().is_some());
}

/// A unit of work that was refused once, and is dropped, leaves nothing of what it wrote before.
pub async fn refused_unit_of_work_leaves_nothing(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let made = room(&*store, &by.member, "", 1).await;
    let mut work = write(&*store).await;
    let new = new_room(work.as_mut(), &by.member, "new", 2).await;
    work.video_rooms().insert(&new).await.unwrap();
    let refused = work.video_rooms().insert(&made).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
    drop(work);
    let found = read(&*store).await.video_rooms().get(app, new.record().id).await;
    assert_eq!(found.unwrap(), None);
}

/// Writes a user and an app of the same name, together.
async fn user_and_app(store: &dyn Store, name: &str) {
    let mut work = write(store).await;
    let user = insert_user(work.as_mut(), name).await;
    let id = work.apps().next_id().await.unwrap();
    let app = App {
        id,
        state: EntityState::Active,
        name: AppName::new(name).unwrap(),
        owner: user.id,
        created_at: at(0),
    };
    work.apps().insert(&app).await.unwrap();
    work.commit().await.unwrap();
}

/// Wherever a unit of work is given up, it is done wholly or not at all, and the next ones work.
pub async fn giving_up_anywhere_harms_nothing(harness: impl Harness) {
    let store = harness.store();
    for i in 0..60_u32 {
        let name = format!("user{i}");
        let given_up = user_and_app(&*store, &name);
        let _ = tokio::time::timeout(Duration::from_micros(u64::from(i) * 40), given_up).await;
        let after = format!("after{i}");
        tokio::time::timeout(AT_ONCE, user_and_app(&*store, &after))
            .await
            .expect("the lock is free");
    }
    let mut work = read(&*store).await;
    for i in 0..60_u32 {
        for name in [format!("user{i}"), format!("after{i}")] {
            let Some(user) = work.apps().user_by_username(&name).await.unwrap() else {
                assert!(name.starts_with("user"), "{name} was committed");
                continue;
            };
            let app = work.apps().by_name(user.id, &name).await.unwrap();
            assert!(app.is_some(), "{name} was written by half");
        }
    }
}

/// Wherever a read is given up, the next ones work, however many there were.
pub async fn giving_up_a_read_harms_nothing(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let made = room(&*store, &by.member, "", 1).await;
    let filter = VideoRoomFilter {
        app,
        member: None,
        keyword: None,
        state: None,
        kind: None,
        access_level: None,
        sort: VideoRoomSort::default(),
    };
    let page = PageRequest { page: 0, size: 10 };
    for i in 0..60 {
        let given_up = async {
            let mut work = read(&*store).await;
            work.video_rooms().list(&filter, page).await.unwrap();
            work.video_rooms().view(app, made.record().id).await.unwrap();
        };
        let _ = tokio::time::timeout(Duration::from_micros(i * 15), given_up).await;
        let after = async { read(&*store).await.video_rooms().list(&filter, page).await };
        let after = tokio::time::timeout(AT_ONCE, after)
            .await
            .expect("a reader is free");
        assert_eq!(after.unwrap().total, 1);
    }
}
