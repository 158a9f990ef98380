//! The feed of what happened.

use std::sync::Arc;

use domain::{AppId, DomainEvent, StreamKeyId, StreamKeyState, VideoRoomId, VideoRoomState};
use ports::store::{Event, Store};

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
    let appended = work.events().append(app, events, at(1)).await.unwrap();
    let last = work.events().last_sequence(app).await.unwrap();
    assert_eq!(appended, last, "appending answers the last number");
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

/// Appends one event for each of these times.
async fn happened_at(store: &dyn Store, app: AppId, times: impl IntoIterator<Item = i64>) {
    let mut work = write(store).await;
    for time in times {
        let now = at(time);
        work.events().append(app, &pair()[..1], now).await.unwrap();
    }
    work.commit().await.unwrap();
}

async fn after(store: &dyn Store, app: AppId, sequence: i64, most: u32) -> Vec<i64> {
    let mut work = read(store).await;
    let found = work.events().after(app, sequence, most).await.unwrap();
    found.iter().map(|event| event.sequence).collect()
}

async fn forget(store: &dyn Store, app: AppId, before: i64, most: u32) -> usize {
    let mut work = write(store).await;
    let count = work.events().forget(app, at(before), most).await.unwrap();
    work.commit().await.unwrap();
    count
}

/// Events come back as they were, in order, and only those of the app.
pub async fn events_come_back_in_order(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    append(&*store, other, &pair()[..1]).await;
    append(&*store, one, &pair()).await;
    let found = read(&*store).await.events().after(one, 0, 10).await.unwrap();
    let expected = |sequence, what| Event {
        sequence,
        occurred_at: at(1),
        what,
    };
    assert_eq!(found, [expected(1, pair()[0]), expected(2, pair()[1])]);
    assert_eq!(after(&*store, other, 0, 10).await, [1]);
}

/// A page begins behind the number that is asked for, and is no longer than was asked for.
pub async fn page_of_events_is_bounded(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    happened_at(&*store, app, std::iter::repeat_n(1, 600)).await;
    assert_eq!(after(&*store, app, 0, 3).await, [1, 2, 3]);
    assert_eq!(after(&*store, app, 254, 4).await, [255, 256, 257, 258]);
    assert_eq!(after(&*store, app, 598, 10).await, [599, 600]);
    assert_eq!(after(&*store, app, 600, 10).await, [0_i64; 0]);
    assert_eq!(after(&*store, app, i64::MAX, 10).await, [0_i64; 0]);
}

/// The last numbers of several apps come in one query; an app that is not there is left out.
pub async fn last_numbers_of_several_apps(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    append(&*store, one, &pair()).await;
    let asked = [one, other, AppId::new(i64::MAX)];
    let mut found = read(&*store).await.events().last_sequences(&asked).await.unwrap();
    found.sort_unstable();
    assert_eq!(found, [(one, 2), (other, 0)]);
}

/// Only the oldest events are forgotten, a bounded number at a time; the numbers go on.
pub async fn oldest_events_are_forgotten(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    happened_at(&*store, other, [1]).await;
    happened_at(&*store, app, (1..=300).collect::<Vec<_>>()).await;
    assert_eq!(forget(&*store, app, 291, 250).await, 250);
    assert_eq!(after(&*store, app, 0, 2).await, [251, 252]);
    assert_eq!(forget(&*store, app, 291, 250).await, 40);
    assert_eq!(forget(&*store, app, 291, 250).await, 0);
    assert_eq!(after(&*store, app, 0, 100).await, (291..=300).collect::<Vec<_>>());
    assert_eq!(forget(&*store, app, 1000, 250).await, 10);
    assert_eq!(append(&*store, app, &pair()).await, 302);
    assert_eq!(after(&*store, app, 0, 10).await, [301, 302]);
    assert_eq!(after(&*store, other, 0, 10).await, [1]);
}

/// An old event that was numbered after a younger one stays as long as that does: there is never a gap.
pub async fn forgetting_leaves_no_gap(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    happened_at(&*store, app, [1, 20, 2, 3]).await;
    assert_eq!(forget(&*store, app, 10, 100).await, 1);
    assert_eq!(after(&*store, app, 0, 10).await, [2, 3, 4]);
}
