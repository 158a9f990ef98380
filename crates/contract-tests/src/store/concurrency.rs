//! Many at once: exactly one wins.

use std::sync::Arc;

use domain::{SessionId, StreamKeySecret, TransitionError, VideoRoomState, broadcast};
use ports::store::{Store, StoreError};
use tokio::sync::Barrier;

use super::Harness;
use super::fixture::{at, broadcaster, playback_id, publish, read, room, tenant, write};

const WRITERS: usize = 24;

/// Of many who change what they all read alike, one succeeds and each other is told.
pub async fn one_of_many_writers_wins_a_version(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let read_by_all = read(&*store)
        .await
        .stream_keys()
        .get(by.key_id())
        .await
        .unwrap()
        .unwrap();
    let barrier = Arc::new(Barrier::new(WRITERS));
    let tasks: Vec<_> = (0..WRITERS)
        .map(|i| {
            let (store, barrier, mut key) = (Arc::clone(&store), Arc::clone(&barrier), read_by_all.clone());
            tokio::spawn(async move {
                let secret = StreamKeySecret::new(format!("by-{i}"));
                broadcast::reissue(&mut key.value, secret.clone(), at(9)).unwrap();
                barrier.wait().await;
                let mut work = write(&*store).await;
                match work.stream_keys().update(&key).await {
                    Ok(()) => {
                        work.commit().await.unwrap();
                        Some(secret)
                    }
                    Err(StoreError::Stale { .. }) => None,
                    Err(error) => panic!("{error}"),
                }
            })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        winners.extend(task.await.unwrap());
    }
    let stored = read(&*store)
        .await
        .stream_keys()
        .get(by.key_id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(winners, [stored.value.record().secret.clone()]);
}

/// Tries to put the room on air, as a use case does: again whenever it was overtaken.
async fn start(
    store: &dyn Store,
    app: domain::AppId,
    key: domain::StreamKeyId,
    room: domain::VideoRoomId,
    number: i64,
) -> Result<(), TransitionError> {
    loop {
        let mut work = write(store).await;
        let mut key = work.stream_keys().get(key).await.unwrap().unwrap();
        let mut room = work.video_rooms().get(app, room).await.unwrap().unwrap();
        broadcast::start(&mut room.value, Some(&mut key.value), playback_id(number), at(20))?;
        let written = match work.video_rooms().update(&room).await {
            Ok(()) => work.stream_keys().update(&key).await,
            stale => stale,
        };
        match written {
            Ok(()) => {
                work.commit().await.unwrap();
                return Ok(());
            }
            Err(StoreError::Stale { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Of many rooms that are started on one key at the same moment, one goes on air.
pub async fn one_of_many_starts_on_a_key_succeeds(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let key = by.key_id();
    let mut work = write(&*store).await;
    let mut stored = work.stream_keys().get(key).await.unwrap().unwrap();
    publish(&mut stored.value, SessionId::new(1));
    work.stream_keys().update(&stored).await.unwrap();
    work.commit().await.unwrap();
    let mut tasks = Vec::new();
    let barrier = Arc::new(Barrier::new(WRITERS));
    for number in 1..=24 {
        let id = room(&*store, &by.member, "", number).await.record().id;
        let (store, barrier) = (Arc::clone(&store), Arc::clone(&barrier));
        tasks.push(tokio::spawn(async move {
            barrier.wait().await;
            (id, start(&*store, app, key, id, 100 + number).await)
        }));
    }
    let mut started = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            (id, Ok(())) => started.push(id),
            (_, Err(refusal)) => assert_eq!(refusal, TransitionError::StreamKeyStateNotActive),
        }
    }
    let stored = read(&*store).await.stream_keys().get(key).await.unwrap().unwrap();
    assert_eq!(
        stored.value.record().video_room.into_iter().collect::<Vec<_>>(),
        started
    );
    let on_air = read(&*store)
        .await
        .video_rooms()
        .get(app, started[0])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(on_air.value.record().state, VideoRoomState::Live);
}
