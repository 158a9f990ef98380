//! What a new process finds.

use super::Harness;
use super::fixture::{broadcaster, insert_user, on_air, read, room, session, tenant, write};

/// All that was committed is there after a new start, nothing that was not, and no number comes twice.
pub async fn what_was_committed_is_there_after_reopening(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let live = on_air(&*store, &by, 1).await;
    let publishing = session(2, &by, "node", 1);
    let mut work = write(&*store).await;
    work.sessions().insert(&publishing).await.unwrap();
    work.commit().await.unwrap();
    let mut work = write(&*store).await;
    insert_user(work.as_mut(), "uncommitted").await;
    drop(work);
    let before = read(&*store)
        .await
        .video_rooms()
        .view(app, live.record().id)
        .await
        .unwrap();
    drop(store);

    let Some(harness) = harness.reopen().await else {
        return;
    };
    let store = harness.store();
    let mut work = read(&*store).await;
    let after = work.video_rooms().view(app, live.record().id).await.unwrap();
    assert!(after.is_some());
    assert_eq!(after, before);
    assert_eq!(work.sessions().open().await.unwrap(), [publishing]);
    assert_eq!(work.apps().user_by_username("uncommitted").await.unwrap(), None);
    drop(work);
    let next = room(&*store, &by.member, "", 1).await;
    assert!(next.record().id > live.record().id);
}
