//! A store that goes away, and a process that died.

use std::sync::Arc;

use adapters::memory;
use adapters::scripted::Verdict;
use application::ErrorCode;
use domain::{StreamKeyState as Key, VideoRoomState as Room};
use ports::media::Refusal;

use crate::lost_commit::{LosesAnswer, Lost};
use crate::world::{World, code};

#[tokio::test(start_paused = true)]
async fn a_publisher_that_leaves_while_the_store_is_away_is_written_off_when_it_is_back() {
    let world = World::new().await;
    let (room, publisher) = world.on_air().await;
    world.outage.begins();
    publisher.leaves();
    assert_eq!(code(world.end(room).await), ErrorCode::ServiceUnavailable);
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    world.outage.is_over();
    world.until_room(room, Room::LiveInactive).await;
    assert_eq!(world.key_state().await, Key::InactiveLive);
}

#[tokio::test(start_paused = true)]
async fn a_publisher_is_refused_while_the_store_is_away() {
    let world = World::new().await;
    let secret = world.secret().await;
    world.outage.begins();
    let verdict = world.script.knock(&secret).verdict().await;
    assert!(
        matches!(verdict, Verdict::Rejected(Refusal::Unavailable)),
        "{verdict:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_publisher_whose_session_was_committed_and_not_answered_may_come_back() {
    for how in [Lost::Broken, Lost::Late] {
        let store = Arc::new(LosesAnswer::of(Arc::new(memory::Store::default()), how));
        let world = World::on(store.clone()).await;
        let secret = world.secret().await;
        store.loses_the_next();
        let verdict = world.script.knock(&secret).verdict().await;
        assert!(
            matches!(verdict, Verdict::Rejected(Refusal::Unavailable)),
            "{how:?}: {verdict:?}"
        );
        world.until_key(&[Key::Inactive]).await;
        world.script.knock(&secret).accepted().await;
    }
}

#[tokio::test]
async fn what_a_crash_left_behind_is_put_right_at_the_next_start_and_only_once() {
    let store = Arc::new(memory::Store::default());
    let before = World::on(store.clone()).await;
    let (room, _publisher) = before.on_air().await;

    let after = World::on(store).await;
    let repaired = after.platform.repair().await.unwrap();
    assert_eq!(repaired.sessions.len(), 1);
    assert_eq!(before.states(room).await, (Room::LiveInactive, Key::InactiveLive));
    assert_eq!(after.platform.repair().await.unwrap().sessions.len(), 0);

    let back = before.playable_publisher().await;
    assert_eq!(before.states(room).await, (Room::Live, Key::ActiveLive));
    drop(back);
}
