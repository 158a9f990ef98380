//! A server that ends.

use ports::media::MediaError;

use super::fixture::{gone, grant, in_time, publish};
use super::{Harness, Publisher};

/// Who waits for publishers and players is told that there will be none.
pub async fn nobody_is_waited_for_any_more(harness: impl Harness) {
    let server = harness.server();
    let (publisher, player, ()) = tokio::join!(
        biased;
        in_time(server.next_publish()),
        in_time(server.next_play()),
        server.shut_down(),
    );
    assert!(publisher.is_none());
    assert!(player.is_none());
    assert!(in_time(server.next_publish()).await.is_none());
    assert!(in_time(server.next_play()).await.is_none());
}

/// Those who publish are sent off, with no failure of theirs, before the call returns.
pub async fn everybody_is_sent_off(harness: impl Harness) {
    let (mut publisher, mut session) = publish(&harness, 1).await;
    let (mut another, mut other) = publish(&harness, 2).await;
    in_time(harness.server().shut_down()).await;
    for session in [&mut session, &mut other] {
        assert_eq!(harness.server().silent_for(session.id()), None);
        assert_eq!(gone(&mut **session).await, None);
    }
    in_time(publisher.is_sent_off()).await;
    in_time(another.is_sent_off()).await;
}

/// Who knocked and waits for a word is sent away, and can't be let in any more.
pub async fn who_waits_for_a_verdict_is_sent_away(harness: impl Harness) {
    let (publisher, accepted) = tokio::join!(in_time(harness.knock("KEY")), async {
        let request = in_time(harness.server().next_publish()).await;
        let request = request.expect("somebody knocks");
        in_time(harness.server().shut_down()).await;
        request.accept(grant(1)).await.map(|session| session.id())
    });
    assert!(publisher.is_none());
    assert!(matches!(accepted, Err(MediaError::Gone)), "{accepted:?}");
}

/// Who knocks afterwards is not let in.
pub async fn nobody_is_let_in_any_more(harness: impl Harness) {
    harness.server().shut_down().await;
    assert!(in_time(harness.knock("KEY")).await.is_none());
}
