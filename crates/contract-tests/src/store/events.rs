//! The feed of what happened.

use std::sync::Arc;

use domain::{AppId, DomainEvent, StreamKeyId, StreamKeyState, VideoRoomId, VideoRoomState};
use ports::store::Store;

use super::Harness;
use super::fixture::{at, read, tenant, write};

fn pair() -> [DomainEvent; 2] {
    let key = DomainEvent::StreamKey {
        id: StreamKeyId::new(1),
        state: StreamKeyState::ActiveLive,
    };
    let room = DomainEvent::VideoRoom {
        id: VideoRoomId::new(1),
        state: VideoRoomState::Live,
    };
    [key, room]
}

async fn last(store: &dyn Store, app: AppId) -> i64 {
    read(store).await.events().last_sequence(app).await.unwrap()
}

async fn append(store: &dyn Store, app: AppId, events: &[DomainEvent]) -> i64 {
    let mut work = write(store).await;
    work.events().append(app, events, at(1)).await.unwrap();
    let last = work.events().last_sequence(app).await.unwrap();
    work.commit().await.unwrap();
    last
}

/// Each app counts its own events, from 1.
pub async fn each_app_counts_its_own_events(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    assert_eq!(last(&*store, one).await, 0);
    assert_eq!(append(&*store, one, &pair()).await, 2);
    assert_eq!(append(&*store, other, &pair()[..1]).await, 1);
    assert_eq!(append(&*store, one, &[]).await, 2, "nothing happened");
    assert_eq!((last(&*store, one).await, last(&*store, other).await), (2, 1));
}

/// Every name of a state can be written.
pub async fn every_state_can_be_written(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let rooms = VideoRoomState::ALL.iter().map(|state| DomainEvent::VideoRoom {
        id: VideoRoomId::new(i64::MAX),
        state: *state,
    });
    let keys = StreamKeyState::ALL.iter().map(|state| DomainEvent::StreamKey {
        id: StreamKeyId::new(1),
        state: *state,
    });
    let events: Vec<_> = rooms.chain(keys).collect();
    assert_eq!(append(&*store, app, &events).await, 13);
}

/// What was appended in a unit of work that is dropped leaves no gap.
pub async fn dropped_unit_of_work_leaves_no_gap(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    append(&*store, app, &pair()).await;
    let mut work = write(&*store).await;
    work.events().append(app, &pair(), at(1)).await.unwrap();
    drop(work);
    assert_eq!(append(&*store, app, &pair()).await, 4);
}

/// However many commit at the same time, no number is left out or given twice.
pub async fn concurrent_committers_leave_no_gap(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { append(&*store, app, &pair()).await })
        })
        .collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=16).map(|n| n * 2).collect::<Vec<_>>());
    assert_eq!(last(&*store, app).await, 32);
}
