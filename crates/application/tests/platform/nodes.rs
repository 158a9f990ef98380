//! Two processes on one store: one publisher a key over both, and what becomes of a process that dies.

use std::time::Duration;

use adapters::scripted::Verdict;
use domain::{StreamKeyState as Key, VideoRoomState as Room};
use ports::media::{Cause, Refusal};
use tokio::time::Instant;

use crate::world::{LEASE, World, until};

#[tokio::test(start_paused = true)]
async fn a_second_publisher_at_another_process_is_refused_as_the_first_one_speaks() {
    let (here, there) = World::pair().await;
    let first = here.playable_publisher().await;
    let began = Instant::now();
    let knock = there.script.knock(&here.secret().await).verdict();
    let speaking = async {
        loop {
            first.speaks();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let verdict = tokio::select! {
        verdict = knock => verdict,
        () = speaking => unreachable!("it speaks for ever"),
    };
    assert!(
        matches!(verdict, Verdict::Rejected(Refusal::AlreadyPublishing)),
        "{verdict:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(here.key_state().await, Key::Active);
}

#[tokio::test(start_paused = true)]
async fn a_publisher_that_speaks_again_keeps_its_key() {
    let (here, there) = World::pair().await;
    let first = here.playable_publisher().await;
    let knock = tokio::spawn(there.script.knock(&here.secret().await).verdict());
    tokio::time::sleep(Duration::from_secs(3)).await;
    first.speaks();
    let verdict = knock.await.unwrap();
    assert!(
        matches!(verdict, Verdict::Rejected(Refusal::AlreadyPublishing)),
        "{verdict:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_publisher_is_taken_over_at_another_process_within_five_seconds() {
    let (here, there) = World::pair().await;
    let (room, first) = here.on_air().await;
    let began = Instant::now();
    let second = there.script.knock(&here.secret().await).accepted().await;
    assert!(began.elapsed() <= Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(second.previous(), Some(first.session()));
    until("the silent one to be sent off", async || {
        here.script.cause(first.session()) == Some(Cause::TakenOver)
    })
    .await;
    second.becomes_playable();
    here.until_room(room, Room::Live).await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_process_loses_its_publishers_to_the_others() {
    let (here, there) = World::pair().await;
    let (room, first) = here.on_air().await;
    let died = Instant::now();
    here.dies();
    there.until_room(room, Room::LiveInactive).await;
    let found_out = died.elapsed();
    assert!(
        found_out >= LEASE * 3 / 4 && found_out <= LEASE * 3 / 2,
        "{found_out:?}"
    );
    let second = there.script.knock(&there.secret().await).accepted().await;
    assert_eq!(second.previous(), Some(first.session()));
    second.becomes_playable();
    there.until_room(room, Room::Live).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_taken_for_dead_has_its_publishers_again() {
    let (here, there) = World::pair().await;
    let (room, first) = here.on_air().await;
    // Its own store is away, and nobody else's.
    here.outage.begins();
    there.until_room(room, Room::LiveInactive).await;
    here.outage.is_over();
    there.until_room(room, Room::Live).await;
    assert_eq!(there.key_state().await, Key::ActiveLive);
    assert_eq!(here.script.cause(first.session()), None);
    first.leaves();
    there.until_room(room, Room::LiveInactive).await;
}

#[tokio::test(start_paused = true)]
async fn a_publisher_of_a_key_that_was_reissued_meanwhile_is_sent_off() {
    let (here, there) = World::pair().await;
    let first = here.playable_publisher().await;
    here.outage.begins();
    until("the key to be free", async || {
        there.key_state().await == Key::Inactive
    })
    .await;
    let key = there
        .platform
        .get_member_stream_key(there.app, crate::world::MEMBER)
        .await
        .unwrap()
        .key
        .id;
    there.platform.reissue_stream_key(there.app, key).await.unwrap();
    here.outage.is_over();
    until("it to be sent off", async || {
        here.script.cause(first.session()) == Some(Cause::Superseded)
    })
    .await;
    assert_eq!(there.key_state().await, Key::Inactive);
}
