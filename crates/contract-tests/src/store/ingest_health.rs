//! How ingests are doing.

use std::time::Duration;

use domain::SessionId;
use ports::media::{Health, Latency, Warning};

use super::Harness;
use super::fixture::{at, read, write};

fn health() -> Health {
    Health {
        bitrate: Some(2_531_200),
        frame_rate: Some(29_970),
        key_frame_interval: Some(Duration::from_millis(8_333)),
        video_codec: Some("avc1.64001f".to_owned()),
        audio_codec: Some("mp4a.40.2".to_owned()),
        resolution: Some((1_280, 720)),
        dropped: 7,
        latency: Some(Latency {
            p50: Duration::from_micros(347_001),
            p95: Duration::from_micros(366_002),
        }),
        warnings: vec![Warning {
            code: "KEY_FRAMES_RARE".to_owned(),
            message: "key frames every 8.3 s — \"set\" 2 s".to_owned(),
        }],
    }
}

/// Everything comes back, also where nothing is known.
pub async fn health_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let (one, two) = (SessionId::new(i64::MAX), SessionId::new(2));
    let mut work = write(&*store).await;
    work.ingest_health().note(one, &health(), at(5)).await.unwrap();
    work.ingest_health()
        .note(two, &Health::default(), at(6))
        .await
        .unwrap();
    work.commit().await.unwrap();
    let mut work = read(&*store).await;
    assert_eq!(
        work.ingest_health().latest(one).await.unwrap(),
        Some((health(), at(5)))
    );
    assert_eq!(
        work.ingest_health().latest(two).await.unwrap(),
        Some((Health::default(), at(6)))
    );
    assert_eq!(
        work.ingest_health().latest(SessionId::new(3)).await.unwrap(),
        None
    );
}

/// What is noted later takes the place of what was noted before.
pub async fn later_health_takes_the_place_of_the_one_before(harness: impl Harness) {
    let store = harness.store();
    let session = SessionId::new(1);
    for (health, micros) in [(Health::default(), 5), (health(), 9)] {
        let mut work = write(&*store).await;
        work.ingest_health()
            .note(session, &health, at(micros))
            .await
            .unwrap();
        work.commit().await.unwrap();
    }
    let latest = read(&*store).await.ingest_health().latest(session).await;
    assert_eq!(latest.unwrap(), Some((health(), at(9))));
}

/// What is old is forgotten, and nothing else.
pub async fn old_health_is_forgotten(harness: impl Harness) {
    let store = harness.store();
    let (old, new) = (SessionId::new(1), SessionId::new(2));
    let mut work = write(&*store).await;
    work.ingest_health().note(old, &health(), at(5)).await.unwrap();
    work.ingest_health().note(new, &health(), at(6)).await.unwrap();
    work.ingest_health().forget(at(6)).await.unwrap();
    work.commit().await.unwrap();
    let mut work = read(&*store).await;
    assert_eq!(work.ingest_health().latest(old).await.unwrap(), None);
    assert!(work.ingest_health().latest(new).await.unwrap().is_some());
}
