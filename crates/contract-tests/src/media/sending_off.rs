//! Publishers that the platform sends off.

use domain::SessionId;
use ports::media::{Cause, SessionFact};

use super::fixture::{forgotten, gone, in_time, publish};
use super::{Harness, Publisher};

/// Whatever the cause, the publisher is cut off and gone, and no failure of its media is told.
pub async fn publisher_that_is_sent_off_is_gone(harness: impl Harness) {
    let causes = [Cause::Terminated, Cause::TakenOver, Cause::Superseded];
    for (number, cause) in (1..).zip(causes) {
        let (mut publisher, mut session) = publish(&harness, number).await;
        harness.server().disconnect(session.id(), cause).await.unwrap();
        assert_eq!(gone(&mut *session).await, None, "{cause:?}");
        in_time(publisher.is_sent_off()).await;
    }
}

/// One is sent off, and nobody else.
pub async fn nobody_else_is_sent_off(harness: impl Harness) {
    let (_publisher, mut session) = publish(&harness, 1).await;
    let (mut stays, mut other) = publish(&harness, 2).await;
    let server = harness.server();
    server.disconnect(session.id(), Cause::Terminated).await.unwrap();
    assert_eq!(gone(&mut *session).await, None);
    assert_eq!(in_time(other.changed()).await, SessionFact::Connected);
    stays.sends_media().await;
    assert_eq!(in_time(other.changed()).await, SessionFact::Playable);
}

/// Sending off a session that is gone, or was never here, does nothing.
pub async fn sending_off_nobody_does_nothing(harness: impl Harness) {
    let server = harness.server();
    server
        .disconnect(SessionId::new(9), Cause::Terminated)
        .await
        .unwrap();
    let (publisher, mut session) = publish(&harness, 1).await;
    publisher.leaves().await;
    assert_eq!(gone(&mut *session).await, None);
    forgotten(server, session.id()).await;
    server.disconnect(session.id(), Cause::TakenOver).await.unwrap();
}
