//! Whether a publisher still speaks, and how it is doing.

use std::time::{Duration, Instant};

use domain::SessionId;
use ports::media::Silence;

use super::fixture::{A_WHILE, forgotten, in_time, publish};
use super::{Harness, Publisher};

/// Longer than a case waits.
const LONG: Duration = Duration::from_secs(60);

/// Nothing is known of a session that was never here.
pub async fn nothing_is_known_of_a_stranger(harness: impl Harness) {
    let (server, stranger) = (harness.server(), SessionId::new(9));
    assert_eq!(server.silent_for(stranger), None);
    assert_eq!(server.health(stranger), None);
    let silence = in_time(server.await_silence(stranger, LONG)).await;
    assert_eq!(silence, Silence::Gone);
}

/// One who says nothing is silent once the whole patience is over.
pub async fn publisher_that_says_nothing_is_silent(harness: impl Harness) {
    let (_publisher, session) = publish(&harness, 1).await;
    let began = Instant::now();
    let silence = in_time(harness.server().await_silence(session.id(), A_WHILE)).await;
    assert_eq!(silence, Silence::Silent);
    assert!(began.elapsed() >= A_WHILE, "{:?}", began.elapsed());
}

/// One who speaks is heard at once.
pub async fn publisher_that_speaks_is_heard(harness: impl Harness) {
    let (mut publisher, session) = publish(&harness, 1).await;
    let heard = in_time(harness.server().await_silence(session.id(), LONG));
    let speaking = async {
        loop {
            publisher.speaks().await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        silence = heard => assert_eq!(silence, Silence::Spoke),
        () = speaking => unreachable!("it speaks for ever"),
    }
}

/// Who waits for a publisher's word is told when it goes.
pub async fn publisher_that_leaves_is_not_waited_for(harness: impl Harness) {
    let (publisher, session) = publish(&harness, 1).await;
    let waiting = in_time(harness.server().await_silence(session.id(), LONG));
    let (silence, ()) = tokio::join!(biased; waiting, publisher.leaves());
    assert_eq!(silence, Silence::Gone);
}

/// Silence grows, and a word ends it.
pub async fn silence_lasts_until_the_next_word(harness: impl Harness) {
    let (mut publisher, session) = publish(&harness, 1).await;
    let silence = || harness.server().silent_for(session.id()).expect("it is here");
    in_time(async {
        while silence() < A_WHILE {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    in_time(async {
        while silence() >= A_WHILE {
            publisher.speaks().await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Of one who is gone nothing is known.
pub async fn nothing_is_known_of_who_is_gone(harness: impl Harness) {
    let (publisher, session) = publish(&harness, 1).await;
    publisher.leaves().await;
    forgotten(harness.server(), session.id()).await;
    assert_eq!(harness.server().health(session.id()), None);
    let silence = in_time(harness.server().await_silence(session.id(), LONG)).await;
    assert_eq!(silence, Silence::Gone);
}
