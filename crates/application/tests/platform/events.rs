//! The feed of events: no gaps, no waiting in vain, nothing that was forgotten passed over in silence.

use std::sync::Arc;
use std::time::Duration;

use adapters::memory;
use application::ErrorCode;
use domain::{DomainEvent, VideoRoomState};

use crate::world::{World, code};

async fn sequences(world: &World, after: Option<i64>) -> Vec<i64> {
    let feed = world.platform.feed(world.app, after).await.unwrap();
    feed.events.iter().map(|event| event.sequence).collect()
}

#[tokio::test]
async fn a_broadcast_leaves_its_events_in_order() {
    let world = World::new().await;
    let (room, _publisher) = world.on_air().await;
    let feed = world.platform.feed(world.app, Some(0)).await.unwrap();
    let numbers: Vec<_> = feed.events.iter().map(|event| event.sequence).collect();
    let names: Vec<_> = feed.events.iter().map(|event| event.what.name()).collect();
    assert_eq!((numbers, feed.next), (vec![1, 2, 3, 4, 5], 5));
    assert_eq!(
        names[..3],
        [
            "STREAM_KEY_ACTIVE_PREP",
            "STREAM_KEY_ACTIVE",
            "VIDEO_ROOM_SCHEDULED"
        ]
    );
    assert!(feed.events.iter().any(|event| event.what
        == DomainEvent::VideoRoom {
            id: room,
            state: VideoRoomState::Live
        }));
}

#[tokio::test]
async fn a_number_that_no_event_has_had_is_refused() {
    let world = World::new().await;
    world.room().await;
    assert_eq!(sequences(&world, Some(1)).await, [0_i64; 0]);
    assert_eq!(
        code(world.platform.feed(world.app, Some(2)).await),
        ErrorCode::InvalidRequestParameter
    );
}

#[tokio::test]
async fn a_page_holds_a_thousand_events_and_says_where_to_go_on() {
    let world = World::new().await;
    for _ in 0..1001 {
        world.room().await;
    }
    let first = world.platform.feed(world.app, None).await.unwrap();
    assert_eq!((first.events.len(), first.next), (1000, 1000));
    assert_eq!(sequences(&world, Some(first.next)).await, [1001]);
}

#[tokio::test]
async fn what_was_forgotten_is_told_so() {
    let world = World::new().await;
    let app = world.app;
    for _ in 0..3 {
        world.room().await;
    }
    assert_eq!(
        world.platform.forget_events().await.unwrap(),
        0,
        "kept for a week"
    );
    world.goes_on_for(Duration::from_secs(7 * 24 * 60 * 60));
    world.room().await;
    assert_eq!(world.platform.forget_events().await.unwrap(), 3);
    assert_eq!(
        code(world.platform.feed(app, Some(0)).await),
        ErrorCode::EventsExpired
    );
    assert_eq!(
        code(world.platform.feed(app, Some(2)).await),
        ErrorCode::EventsExpired
    );
    assert_eq!(sequences(&world, Some(3)).await, [4]);
    assert_eq!(sequences(&world, None).await, [4]);
    world.goes_on_for(Duration::from_secs(8 * 24 * 60 * 60));
    assert_eq!(world.platform.forget_events().await.unwrap(), 1);
    assert_eq!(
        code(world.platform.feed(app, Some(3)).await),
        ErrorCode::EventsExpired
    );
    let end = world.platform.feed(app, Some(4)).await.unwrap();
    assert_eq!((end.events.len(), end.next), (0, 4));
    let begin = world.platform.feed(app, None).await.unwrap();
    assert_eq!((begin.events.len(), begin.next), (0, 4));
}

#[tokio::test]
async fn a_commit_in_the_same_process_wakes_at_once() {
    let world = World::new().await;
    let mut signal = world.platform.feed_signal(world.app);
    let waiting = tokio::spawn(async move { signal.beyond(0).await });
    world.room().await;
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .expect("nobody asks the store here: the commit itself must wake")
        .unwrap();
    assert_eq!(sequences(&world, Some(0)).await, [1]);
}

#[tokio::test]
async fn a_commit_of_another_process_wakes_within_a_second() {
    let store = Arc::new(memory::Store::default());
    let here = World::on(store.clone()).await;
    let there = World::on_app(store, here.app).await;
    let platform = here.platform.clone();
    tokio::spawn(async move { platform.run_events().await });
    let mut signal = here.platform.feed_signal(here.app);
    let began = tokio::time::Instant::now();
    there.room().await;
    tokio::time::timeout(Duration::from_secs(10), signal.beyond(0))
        .await
        .expect("the store is asked");
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(sequences(&here, Some(0)).await, [1]);
}
