//! Publishers that are let in, and what is told of them.

use std::time::Duration;

use domain::{SessionId, StreamKeyId, StreamKeyMode};
use ports::media::{Grant, IngestSession, MediaServer, SessionFact};
use tokio::time::timeout;

use super::Harness;

/// Longer than anything here should take: what does not come by then will not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Long enough for what must not come to come.
pub(super) const A_WHILE: Duration = Duration::from_millis(100);

/// The grant for a session of the key with the same number.
pub(super) const fn grant(number: i64) -> Grant {
    Grant {
        key: StreamKeyId::new(number),
        session: SessionId::new(number),
        previous: None,
        mode: StreamKeyMode::Cmaf,
    }
}

/// A publisher that is let in with the grant of this number, from both sides.
pub(super) async fn publish<H: Harness>(harness: &H, number: i64) -> (H::Publisher, Box<dyn IngestSession>) {
    let (publisher, session) = tokio::join!(harness.knock("KEY"), async {
        let request = in_time(harness.server().next_publish()).await;
        let request = request.expect("somebody knocks");
        request.accept(grant(number)).await.expect("it is there")
    });
    (publisher.expect("it is let in"), session)
}

/// What comes of this, which must come soon.
pub(super) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it comes in time")
}

/// Waits until there is something to play.
pub(super) async fn playable(session: &mut dyn IngestSession) {
    loop {
        match in_time(session.changed()).await {
            SessionFact::Connected => {}
            SessionFact::Playable => return,
            SessionFact::Gone { failure } => panic!("it is gone: {failure:?}"),
        }
    }
}

/// Waits until the publisher is gone, and says with what reason for the broadcaster.
pub(super) async fn gone(session: &mut dyn IngestSession) -> Option<String> {
    loop {
        if let SessionFact::Gone { failure } = in_time(session.changed()).await {
            return failure;
        }
    }
}

/// Waits until the server knows nothing of that session any more.
pub(super) async fn forgotten(server: &dyn MediaServer, session: SessionId) {
    in_time(async {
        while server.silent_for(session).is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
