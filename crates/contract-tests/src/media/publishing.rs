//! Publishers that knock, what is said to them, and what is told of them.

use domain::SessionId;
use ports::media::{Refusal, SessionFact};
use tokio::time::timeout;

use super::fixture::{A_WHILE, forgotten, gone, grant, in_time, playable, publish};
use super::{Harness, Publisher};

/// Who knocks shows the key string as it was given, and comes from somewhere.
pub async fn publisher_shows_its_key(harness: impl Harness) {
    let key = "Zz09-_~.Zz09";
    let (publisher, ()) = tokio::join!(harness.knock(key), async {
        let request = in_time(harness.server().next_publish()).await;
        let request = request.expect("somebody knocks");
        assert_eq!(request.stream_key().expose(), key);
        assert_eq!(request.mode(), None);
        assert_ne!(request.peer().port(), 0);
        request.reject(Refusal::UnknownKey).await.expect("it is there");
    });
    assert!(publisher.is_none());
}

/// Each refusal sends the publisher away, and so does dropping its request.
pub async fn publisher_that_is_refused_is_not_let_in(harness: impl Harness) {
    let refusals = [
        Some(Refusal::UnknownKey),
        Some(Refusal::AlreadyPublishing),
        Some(Refusal::Unavailable),
        None,
    ];
    for refusal in refusals {
        let (publisher, ()) = tokio::join!(in_time(harness.knock("KEY")), async {
            let request = in_time(harness.server().next_publish()).await;
            let request = request.expect("somebody knocks");
            match refusal {
                Some(refusal) => request.reject(refusal).await.expect("it is there"),
                None => drop(request),
            }
        });
        assert!(publisher.is_none(), "{refusal:?}");
    }
}

/// A publisher is let in under the session that it was granted, and is connected first.
pub async fn publisher_that_is_let_in_is_connected(harness: impl Harness) {
    let (_publisher, mut session) = publish(&harness, 7).await;
    assert_eq!(session.id(), SessionId::new(7));
    assert_eq!(in_time(session.changed()).await, SessionFact::Connected);
    let more = timeout(A_WHILE, session.changed()).await;
    assert!(more.is_err(), "nothing changed: {more:?}");
}

/// Media that can be played is told, also to one who gave up waiting before.
pub async fn playable_media_is_told(harness: impl Harness) {
    let (mut publisher, mut session) = publish(&harness, 7).await;
    assert_eq!(in_time(session.changed()).await, SessionFact::Connected);
    assert!(timeout(A_WHILE, session.changed()).await.is_err());
    publisher.sends_media().await;
    assert_eq!(in_time(session.changed()).await, SessionFact::Playable);
}

/// What was overtaken before it was asked for is left out.
pub async fn latest_fact_is_told_alone(harness: impl Harness) {
    let (publisher, mut session) = publish(&harness, 7).await;
    publisher.leaves().await;
    forgotten(harness.server(), session.id()).await;
    let fact = in_time(session.changed()).await;
    assert_eq!(fact, SessionFact::Gone { failure: None });
}

/// That a publisher is gone is told once: who asks again waits.
pub async fn gone_publisher_is_told_once(harness: impl Harness) {
    let (publisher, mut session) = publish(&harness, 7).await;
    publisher.leaves().await;
    assert_eq!(gone(&mut *session).await, None);
    let again = timeout(A_WHILE, session.changed()).await;
    assert!(again.is_err(), "told again: {again:?}");
}

/// A publisher may come back with the same key while its session before is still held.
pub async fn publisher_goes_on_with_its_broadcast(harness: impl Harness) {
    let (mut publisher, mut before) = publish(&harness, 7).await;
    publisher.sends_media().await;
    playable(&mut *before).await;
    publisher.leaves().await;
    gone(&mut *before).await;
    let (back, session) = tokio::join!(harness.knock("KEY"), async {
        let request = in_time(harness.server().next_publish()).await;
        let mut again = grant(7);
        again.session = SessionId::new(8);
        again.previous = Some(before.id());
        let accepted = request.expect("it is back").accept(again).await;
        accepted.expect("it is there")
    });
    let (mut back, mut session) = (back.expect("it is let in"), session);
    back.sends_media().await;
    playable(&mut *session).await;
}
