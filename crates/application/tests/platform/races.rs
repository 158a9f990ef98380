//! Many callers at the same moment: one wins, and the others get the refusal that the state then calls for.

use application::{AppError, ErrorCode};
use domain::{StreamKeyState as Key, VideoRoomState as Room};
use tokio::task::JoinSet;

use crate::world::World;

async fn all<T: Send + 'static>(mut tasks: JoinSet<Result<T, AppError>>) -> (usize, Vec<ErrorCode>) {
    let (mut won, mut refusals) = (0, Vec::new());
    while let Some(outcome) = tasks.join_next().await {
        match outcome.unwrap() {
            Ok(_) => won += 1,
            Err(error) => refusals.push(error.code()),
        }
    }
    (won, refusals)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_24_starts_of_one_room_one_wins() {
    let world = World::new().await;
    let _publisher = world.playable_publisher().await;
    let room = world.room().await;
    let mut tasks = JoinSet::new();
    for _ in 0..24 {
        let (platform, app) = (world.platform.clone(), world.app);
        tasks.spawn(async move { platform.start_broadcast(app, room).await });
    }
    let (won, refusals) = all(tasks).await;
    assert_eq!(won, 1);
    assert_eq!(refusals, vec![ErrorCode::VideoRoomStateNotScheduled; 23]);
    assert_eq!(world.states(room).await, (Room::Live, Key::ActiveLive));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_24_rooms_that_start_on_one_key_one_wins() {
    let world = World::new().await;
    let _publisher = world.playable_publisher().await;
    let mut tasks = JoinSet::new();
    for _ in 0..24 {
        let (platform, app, room) = (world.platform.clone(), world.app, world.room().await);
        tasks.spawn(async move { platform.start_broadcast(app, room).await });
    }
    let (won, refusals) = all(tasks).await;
    assert_eq!(won, 1);
    assert_eq!(refusals, vec![ErrorCode::StreamKeyStateNotActive; 23]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_24_ends_of_one_room_one_wins() {
    let world = World::new().await;
    let (room, publisher) = world.on_air().await;
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    let mut tasks = JoinSet::new();
    for _ in 0..24 {
        let (platform, app) = (world.platform.clone(), world.app);
        tasks.spawn(async move { platform.end_broadcast(app, room).await });
    }
    let (won, refusals) = all(tasks).await;
    assert_eq!(won, 1);
    assert_eq!(refusals, vec![ErrorCode::VideoRoomStateNotLiveInactive; 23]);
    assert_eq!(world.states(room).await, (Room::Ended, Key::Inactive));
}
