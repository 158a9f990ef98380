//! What is played of what was published.

use std::time::Duration;

use domain::{SessionId, StreamKeyId};
use ports::media::{Answer, Body, Directives, OriginError, PlayPath, View};

use super::fixture::{gone, in_time, playable, publish};
use super::{Harness, Publisher};

/// What a player of the session of this number is given for a resource.
async fn fetch(harness: &impl Harness, number: i64, resource: &str) -> Result<Answer, OriginError> {
    let path = PlayPath {
        key: StreamKeyId::new(number),
        view: View::Preview(SessionId::new(number)),
        resource: resource.to_owned(),
    };
    in_time(harness.origin().fetch(&path, Directives::default())).await
}

fn assert_is_playlist(answer: Result<Answer, OriginError>) {
    let answer = answer.expect("there is something to play");
    assert_eq!(answer.content_type, "application/vnd.apple.mpegurl");
    match answer.body {
        Body::Parts(parts) => assert!(parts.iter().any(|part| !part.is_empty())),
        Body::Endless(_) | Body::Elsewhere(_) => panic!("a playlist is a whole: {:?}", answer.body),
    }
}

/// Once media is told to be playable, its playlist is there.
pub async fn playable_media_has_a_playlist(harness: impl Harness) {
    let (mut publisher, mut session) = publish(&harness, 7).await;
    publisher.sends_media().await;
    playable(&mut *session).await;
    assert_is_playlist(fetch(&harness, 7, "index.m3u8").await);
}

/// What no playlist names is not found.
pub async fn what_is_not_there_is_not_found(harness: impl Harness) {
    let (mut publisher, mut session) = publish(&harness, 7).await;
    publisher.sends_media().await;
    playable(&mut *session).await;
    for resource in ["", "nothing", "../index.m3u8", "index.m3u8/"] {
        let answer = fetch(&harness, 7, resource).await;
        assert!(
            matches!(answer, Err(OriginError::NotFound)),
            "{resource:?}: {answer:?}"
        );
    }
}

/// The media of a publisher that is gone is played while its session is held, and for a time after.
pub async fn media_outlives_its_publisher(harness: impl Harness) {
    let (mut publisher, mut session) = publish(&harness, 7).await;
    publisher.sends_media().await;
    playable(&mut *session).await;
    publisher.leaves().await;
    gone(&mut *session).await;
    assert_is_playlist(fetch(&harness, 7, "index.m3u8").await);
    drop(session);
    assert_is_playlist(fetch(&harness, 7, "index.m3u8").await);
    assert!(harness.origin().lingers() >= Duration::from_secs(60));
}
