//! Who is let in, and who is not.

use std::time::Duration;

use adapters::scripted::Verdict;
use domain::{StreamKeySecret, StreamKeyState as Key};
use ports::media::{Cause, Refusal};

use crate::world::{World, until};

fn is_refused(verdict: &Verdict, wanted: Refusal) -> bool {
    matches!(verdict, Verdict::Rejected(refusal) if *refusal == wanted)
}

#[tokio::test]
async fn an_unknown_key_is_refused() {
    let world = World::new().await;
    let verdict = world.script.knock(&StreamKeySecret::new("guess")).verdict().await;
    assert!(is_refused(&verdict, Refusal::UnknownKey), "{verdict:?}");
}

#[tokio::test(start_paused = true)]
async fn a_second_publisher_is_refused_as_soon_as_the_first_one_speaks() {
    let world = World::new().await;
    let first = world.playable_publisher().await;
    let began = tokio::time::Instant::now();
    let second = tokio::spawn(world.script.knock(&world.secret().await).verdict());
    tokio::time::sleep(Duration::from_millis(300)).await;
    first.speaks();
    let verdict = second.await.unwrap();
    assert!(is_refused(&verdict, Refusal::AlreadyPublishing), "{verdict:?}");
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(world.key_state().await, Key::Active);
}

#[tokio::test(start_paused = true)]
async fn a_silent_publisher_is_taken_over_within_five_seconds() {
    let world = World::new().await;
    let (room, first) = world.on_air().await;
    let began = tokio::time::Instant::now();
    let second = world.script.knock(&world.secret().await).accepted().await;
    assert!(began.elapsed() <= Duration::from_secs(5));
    assert_eq!(second.previous(), Some(first.session()));
    assert_eq!(
        world.states(room).await,
        (domain::VideoRoomState::LiveInactive, Key::ActiveLivePrep)
    );
    until("the silent one to be sent off", async || {
        world.script.cause(first.session()) == Some(Cause::TakenOver)
    })
    .await;
    second.becomes_playable();
    world.until_room(room, domain::VideoRoomState::Live).await;
}

#[tokio::test]
async fn a_publisher_that_comes_back_at_once_is_let_in_when_the_old_one_is_written_off() {
    let world = World::new().await;
    let first = world.playable_publisher().await;
    let secret = world.secret().await;
    first.leaves();
    let second = world.script.knock(&secret).accepted().await;
    assert_ne!(second.session(), first.session());
}

#[tokio::test]
async fn what_was_wrong_with_the_media_stays_with_the_key_until_the_next_ingest() {
    let world = World::new().await;
    let publisher = world.publisher().await;
    publisher.fails("the codec HEVC can't be packaged");
    world.until_key(&[Key::Inactive]).await;
    let key = world
        .platform
        .get_member_stream_key(world.app, crate::world::MEMBER)
        .await
        .unwrap()
        .key;
    assert_eq!(
        key.failure.map(|failure| failure.message).as_deref(),
        Some("the codec HEVC can't be packaged")
    );
    let _next = world.publisher().await;
    let key = world
        .platform
        .get_member_stream_key(world.app, crate::world::MEMBER)
        .await
        .unwrap()
        .key;
    assert_eq!(key.failure, None);
}
