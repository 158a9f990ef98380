//! Deliveries of events to apps.

use domain::{AppId, DeliveryState, DomainEvent, StreamKeyId, StreamKeyState, VideoRoomId, VideoRoomState};
use ports::store::{Delivery, PageRequest, Store, StoreError};

use super::Harness;
use super::fixture::{at, read, tenant, write};

fn delivery(app: AppId, sequence: i64, lane: i64) -> Delivery {
    Delivery {
        app,
        sequence,
        lane,
        what: DomainEvent::VideoRoom {
            id: VideoRoomId::new(7),
            state: VideoRoomState::LiveInactive,
        },
        state: DeliveryState::Pending,
        attempts: 0,
        last_status: None,
        last_error: None,
        created_at: at(sequence),
        pending_since: at(sequence),
        next_attempt_at: at(sequence),
        delivered_at: None,
    }
}

async fn insert(store: &dyn Store, deliveries: &[Delivery]) {
    let mut work = write(store).await;
    work.deliveries().insert(deliveries).await.unwrap();
    work.commit().await.unwrap();
}

async fn record(store: &dyn Store, delivery: &Delivery) {
    let mut work = write(store).await;
    work.deliveries().record(delivery).await.unwrap();
    work.commit().await.unwrap();
}

async fn all(store: &dyn Store, app: AppId) -> Vec<Delivery> {
    let page = PageRequest { page: 0, size: 100 };
    read(store)
        .await
        .deliveries()
        .list(app, page)
        .await
        .unwrap()
        .items
}

async fn due(store: &dyn Store, app: AppId, now: i64, most: u32) -> Vec<i64> {
    let mut work = read(store).await;
    let due = work.deliveries().due(app, at(now), most).await.unwrap();
    due.iter().map(|delivery| delivery.sequence).collect()
}

fn delivered(delivery: &Delivery) -> Delivery {
    Delivery {
        state: DeliveryState::Delivered,
        attempts: delivery.attempts + 1,
        last_status: Some(204),
        delivered_at: Some(at(50)),
        ..delivery.clone()
    }
}

/// A delivery comes back as it was, in each state; those of another app are not seen.
pub async fn delivery_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let pending = delivery(one, 1, 5);
    let failed = Delivery {
        what: DomainEvent::StreamKey {
            id: StreamKeyId::new(8),
            state: StreamKeyState::ActiveLivePrep,
        },
        state: DeliveryState::Failed,
        attempts: 99,
        last_error: Some("can't connect".to_owned()),
        ..delivery(one, 2, 5)
    };
    let told = delivered(&delivery(one, 3, -3));
    insert(&*store, &[pending.clone(), failed.clone(), told.clone()]).await;
    insert(&*store, &[delivery(other, 1, 5)]).await;
    assert_eq!(all(&*store, one).await, [told, failed, pending], "newest first");
    assert_eq!(all(&*store, other).await.len(), 1);
}

/// An event has one delivery.
pub async fn event_has_one_delivery(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    insert(&*store, &[delivery(app, 1, 5)]).await;
    let mut work = write(&*store).await;
    let again = work.deliveries().insert(&[delivery(app, 1, 6)]).await;
    assert!(
        matches!(again, Err(StoreError::AlreadyExists { .. })),
        "{again:?}"
    );
}

/// Only the first of each lane is due, when its time has come.
pub async fn first_of_each_lane_is_due(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let lanes = [(1, 5), (2, 5), (3, 6), (4, 7), (5, 6)];
    let made: Vec<_> = lanes.map(|(sequence, lane)| delivery(app, sequence, lane)).into();
    insert(&*store, &made).await;
    assert_eq!(due(&*store, app, 100, 10).await, [1, 3, 4]);
    assert_eq!(due(&*store, app, 100, 2).await, [1, 3]);
    assert_eq!(due(&*store, app, 3, 10).await, [1, 3]);
    assert_eq!(read(&*store).await.deliveries().pending(app).await.unwrap(), 5);

    let later = Delivery {
        attempts: 1,
        next_attempt_at: at(200),
        last_status: Some(500),
        last_error: Some("500".to_owned()),
        ..made[0].clone()
    };
    record(&*store, &later).await;
    assert_eq!(
        due(&*store, app, 100, 10).await,
        [3, 4],
        "lane 5 waits for its first"
    );
    record(&*store, &delivered(&later)).await;
    record(&*store, &delivered(&made[2])).await;
    assert_eq!(due(&*store, app, 100, 10).await, [2, 4, 5]);
    assert_eq!(read(&*store).await.deliveries().pending(app).await.unwrap(), 3);
}

/// What an attempt led to is noted once: not over a delivery that is pending no more.
pub async fn outcome_is_noted_while_pending_only(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let made = delivery(app, 1, 5);
    insert(&*store, std::slice::from_ref(&made)).await;
    record(&*store, &delivered(&made)).await;
    record(
        &*store,
        &Delivery {
            attempts: 9,
            ..made.clone()
        },
    )
    .await;
    assert_eq!(all(&*store, app).await, [delivered(&made)]);
}

/// A delivery that is sent again has a lane of its own; one that is pending is only due sooner.
pub async fn delivery_is_sent_again(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let (first, second) = (delivery(app, 1, 5), delivery(app, 2, 5));
    insert(&*store, &[first.clone(), second]).await;
    record(&*store, &delivered(&first)).await;
    let later = Delivery {
        next_attempt_at: at(200),
        ..delivery(app, 2, 5)
    };
    record(&*store, &later).await;
    for (sequence, there) in [(1, true), (2, true), (3, false)] {
        let mut work = write(&*store).await;
        let resumed = work.deliveries().resume(app, sequence, at(90)).await.unwrap();
        assert_eq!(resumed, there, "{sequence}");
        work.commit().await.unwrap();
    }
    assert_eq!(due(&*store, app, 90, 10).await, [1, 2]);
    let found = all(&*store, app).await;
    assert_eq!((found[1].lane, found[1].pending_since), (-1, at(90)));
    assert_eq!((found[1].state, found[1].attempts), (DeliveryState::Pending, 1));
    assert_eq!((found[0].lane, found[0].pending_since), (5, at(2)));
}

/// All that is pending can be given up.
pub async fn pending_deliveries_are_given_up(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let told = delivered(&delivery(app, 1, 5));
    insert(&*store, &[told.clone(), delivery(app, 2, 5)]).await;
    insert(&*store, &[delivery(other, 1, 5)]).await;
    let mut work = write(&*store).await;
    work.deliveries().give_up(app, "no more").await.unwrap();
    work.commit().await.unwrap();
    let found = all(&*store, app).await;
    assert_eq!(found[0].state, DeliveryState::Failed);
    assert_eq!(found[0].last_error.as_deref(), Some("no more"));
    assert_eq!(found[1], told);
    assert_eq!(all(&*store, other).await[0].state, DeliveryState::Pending);
}

/// Pages follow each other, and tell how many there are.
pub async fn deliveries_come_in_pages(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let made: Vec<_> = (1..=5).map(|sequence| delivery(app, sequence, 5)).collect();
    insert(&*store, &made).await;
    let mut numbers = Vec::new();
    for page in 0..4 {
        let page = PageRequest { page, size: 2 };
        let found = read(&*store).await.deliveries().list(app, page).await.unwrap();
        assert_eq!(found.total, 5);
        numbers.extend(found.items.iter().map(|delivery| delivery.sequence));
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
}

/// The oldest are forgotten, a bounded number at a time, but never what is pending.
pub async fn old_deliveries_are_forgotten(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let mut made: Vec<_> = (1..=6)
        .map(|sequence| delivered(&delivery(app, sequence, 5)))
        .collect();
    made[1].state = DeliveryState::Pending;
    made[2].state = DeliveryState::Failed;
    insert(&*store, &made).await;
    for expected in [2, 1, 0] {
        let mut work = write(&*store).await;
        let forgotten = work.deliveries().forget(app, at(5), 2).await.unwrap();
        assert_eq!(forgotten, expected);
        work.commit().await.unwrap();
    }
    let left: Vec<_> = all(&*store, app).await.iter().map(|row| row.sequence).collect();
    assert_eq!(left, [6, 5, 2]);
}
