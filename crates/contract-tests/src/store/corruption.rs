//! Rows that no domain value can hold are an error, and never quietly something else.

use domain::AppUserId;
use ports::store::{PageRequest, StoreError, VideoRoomFilter, VideoRoomSort};

use super::fixture::{broadcaster, read, room, tenant};
use super::{Corruption, Harness};

/// A room whose state has no name is corrupt, alone and in a list.
pub async fn unknown_state_is_corrupt(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let id = room(&*store, &by.member, "", 1).await.record().id;
    if !harness.corrupt(Corruption::UnknownRoomState(id)).await {
        return;
    }
    let found = read(&*store).await.video_rooms().get(app, id).await;
    assert!(matches!(found, Err(StoreError::Corrupt { .. })), "{found:?}");
    let view = read(&*store).await.video_rooms().view(app, id).await;
    assert!(matches!(view, Err(StoreError::Corrupt { .. })), "{view:?}");
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
    let list = read(&*store).await.video_rooms().list(&filter, page).await;
    assert!(matches!(list, Err(StoreError::Corrupt { .. })), "{list:?}");
}

/// A key whose state and session disagree is corrupt.
pub async fn disagreeing_record_is_corrupt(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    if !harness
        .corrupt(Corruption::PublishingWithoutSession(by.key_id()))
        .await
    {
        return;
    }
    let found = read(&*store).await.stream_keys().get(by.key_id()).await;
    assert!(matches!(found, Err(StoreError::Corrupt { .. })), "{found:?}");
    let id = AppUserId::new("m").unwrap();
    let view = read(&*store).await.stream_keys().view_by_member(app, &id).await;
    assert!(matches!(view, Err(StoreError::Corrupt { .. })), "{view:?}");
}

/// A member with a value that is too long is corrupt; what says little of it can still be read.
pub async fn impossible_value_is_corrupt(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let room = room(&*store, &by.member, "", 1).await.record().id;
    if !harness.corrupt(Corruption::OverlongEmail(by.member.id)).await {
        return;
    }
    let id = AppUserId::new("m").unwrap();
    let found = read(&*store).await.members().find(app, &id).await;
    assert!(matches!(found, Err(StoreError::Corrupt { .. })), "{found:?}");
    let view = read(&*store).await.members().view(app, &id).await;
    assert!(matches!(view, Err(StoreError::Corrupt { .. })), "{view:?}");
    let room = read(&*store).await.video_rooms().view(app, room).await;
    assert_eq!(room.unwrap().unwrap().member.id, by.member.id);
}
