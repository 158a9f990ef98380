//! Calls that are done once, also by several processes and over time.

use std::sync::Arc;
use std::time::Duration;

use adapters::memory;
use application::{Call, CreateVideoRoom, ErrorCode, Once};
use domain::{Timestamp, VideoRoomType};
use ports::store::{Claim, DoneRequest, Intent, PageRequest, Store, VideoRoomFilter, VideoRoomSort};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::world::{MEMBER, World, code};

fn wanted(title: &str) -> CreateVideoRoom {
    CreateVideoRoom {
        app_user_id: Some(MEMBER.into()),
        kind: Some(VideoRoomType::BroadcastRtmp),
        title: Some(title.into()),
        scheduled_at: Some(Timestamp::from_micros(0)),
        ..Default::default()
    }
}

impl World {
    fn once(&self, key: &str, fingerprint: u8) -> Call {
        Call {
            app: self.app,
            once: Once::new(key.as_bytes(), [fingerprint; 32]),
        }
    }

    async fn rooms(&self) -> u64 {
        let filter = VideoRoomFilter {
            app: self.app,
            member: None,
            keyword: None,
            state: None,
            kind: None,
            access_level: None,
            sort: VideoRoomSort::default(),
        };
        let page = PageRequest { page: 0, size: 1 };
        self.platform.list_video_rooms(filter, page).await.unwrap().total
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_24_calls_of_one_key_through_two_processes_one_acts() {
    let store = Arc::new(memory::Store::default());
    let (here, there) = (World::on(store.clone()).await, World::on(store).await);
    let call = here.once("k", 1);
    let barrier = Arc::new(Barrier::new(24));
    let mut tasks = JoinSet::new();
    for n in 0..24 {
        let platform = if n % 2 == 0 { &here } else { &there }.platform.clone();
        let (call, barrier) = (call.clone(), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            platform.create_video_room(call, wanted("a")).await
        });
    }
    let (mut made, mut refused) = (Vec::new(), 0);
    while let Some(outcome) = tasks.join_next().await {
        match outcome.unwrap() {
            Ok(view) => made.push(view.room.id),
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::IdempotencyKeyInProgress);
                refused += 1;
            }
        }
    }
    assert_eq!(made.len() + refused, 24);
    made.dedup();
    assert_eq!(made.len(), 1, "whoever was answered was told of the same room");
    assert_eq!(here.rooms().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_fails_to_be_committed_is_done_by_its_repetition() {
    let world = World::new().await;
    world.outage.begins();
    let call = world.once("k", 1);
    let failed = world.platform.create_video_room(call.clone(), wanted("a")).await;
    assert_eq!(code(failed), ErrorCode::ServiceUnavailable);
    world.outage.is_over();
    let first = world
        .platform
        .create_video_room(call.clone(), wanted("a"))
        .await
        .unwrap();
    let again = world.platform.create_video_room(call, wanted("a")).await.unwrap();
    assert_eq!(again, first);
    let other = world
        .platform
        .create_video_room(world.once("k", 2), wanted("b"))
        .await;
    assert_eq!(code(other), ErrorCode::IdempotencyKeyReused);
    assert_eq!(world.rooms().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_forgotten_after_a_day() {
    let store = Arc::new(memory::Store::default());
    let world = World::on(store.clone()).await;
    let call = world.once("k", 1);
    world
        .platform
        .create_video_room(call.clone(), wanted("a"))
        .await
        .unwrap();
    let mut work = store.begin(Intent::Write).await.unwrap();
    let since = Timestamp::from_micros(0);
    let Claim::Done(mut done) = work.requests().claim(world.app, "k", since).await.unwrap() else {
        panic!("it was done");
    };
    let kept = done.done_at;
    work.requests().forget(kept.plus_micros(1), 1).await.unwrap();
    done.done_at = kept.plus_micros(-24 * 60 * 60 * 1_000_000);
    work.requests().insert(&done).await.unwrap();
    work.commit().await.unwrap();
    world.platform.create_video_room(call, wanted("a")).await.unwrap();
    assert_eq!(world.rooms().await, 2);
}

#[tokio::test(start_paused = true)]
async fn old_keys_are_swept_away_however_many_there_are() {
    let store = Arc::new(memory::Store::default());
    let world = World::of_patience(store.clone(), Duration::from_secs(60)).await;
    let hour = 60 * 60 * 1_000_000;
    let done = |n: i64, done_at| DoneRequest {
        app: world.app,
        key: n.to_string(),
        fingerprint: [0; 32],
        resource: n,
        done_at: Timestamp::from_micros(done_at),
    };
    let mut work = store.begin(Intent::Write).await.unwrap();
    for n in 0..2_500 {
        work.requests().insert(&done(n, n - 25 * hour)).await.unwrap();
    }
    work.requests().insert(&done(2_500, -23 * hour)).await.unwrap();
    work.commit().await.unwrap();
    tokio::time::sleep(Duration::from_secs(61)).await;
    let long_ago = Timestamp::from_micros(i64::MIN);
    let mut work = store.begin(Intent::Write).await.unwrap();
    for (n, there) in [(0, false), (2_499, false), (2_500, true)] {
        let found = work.requests().claim(world.app, &n.to_string(), long_ago).await;
        assert_eq!(matches!(found.unwrap(), Claim::Done(_)), there, "{n}");
    }
}
