//! `GET /stream-keys/{streamKeyId}/health`.

use std::time::Duration;

use ports::media::{Health, Latency, Warning};
use serde_json::json;

use crate::world::{KEYS, MEMBERS, OTHER_APP, World};

async fn path(world: &World) -> String {
    format!("{KEYS}/{}/health", world.stream_key().await["id"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_known_while_nobody_publishes() {
    let world = World::new().await;
    world.member().await;
    let nothing = json!({
        "bitrate": null, "frameRate": null, "keyFrameInterval": null, "videoCodec": null, "audioCodec": null,
        "width": null, "height": null, "dropped": 0, "latency": { "p50": null, "p95": null }, "warnings": [],
    });
    let path = path(&world).await;
    let answer = world.get(&path).send().await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    assert_eq!(answer.json(), nothing);

    let publisher = world.publisher().await;
    publisher.does(Some(Health {
        bitrate: Some(1),
        ..Health::default()
    }));
    assert_eq!(world.get(&path).send().await.json()["bitrate"], 1);
    publisher.leaves();
    world.until_key("INACTIVE").await;
    assert_eq!(world.get(&path).send().await.json(), nothing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_of_a_publisher_is_told_in_the_units_of_the_contract() {
    let world = World::new().await;
    world.member().await;
    let publisher = world.publisher().await;
    publisher.does(Some(Health {
        bitrate: Some(2_531_200),
        frame_rate: Some(29_970),
        key_frame_interval: Some(Duration::from_millis(8_333)),
        video_codec: Some("avc1.64001f".to_owned()),
        audio_codec: Some("mp4a.40.2".to_owned()),
        resolution: Some((1_280, 720)),
        dropped: 7,
        latency: Some(Latency {
            p50: Duration::from_micros(347_900),
            p95: Duration::from_millis(366),
        }),
        warnings: vec![Warning {
            code: "KEY_FRAMES_RARE".to_owned(),
            message: "key frames every 8.3 s: set 2 s in the encoder".to_owned(),
        }],
    }));
    assert_eq!(
        world.get(&path(&world).await).send().await.json(),
        json!({
            "bitrate": 2_531_200, "frameRate": 29.97, "keyFrameInterval": 8.333,
            "videoCodec": "avc1.64001f", "audioCodec": "mp4a.40.2", "width": 1280, "height": 720, "dropped": 7,
            "latency": { "p50": 347, "p95": 366 },
            "warnings": [{
                "code": "KEY_FRAMES_RARE",
                "message": "key frames every 8.3 s: set 2 s in the encoder",
            }],
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_not_the_apps_is_none() {
    let world = World::new().await;
    world.member().await;
    let path = path(&world).await;
    let foreign = world.bare("GET", &path).header("authorization", OTHER_APP);
    let foreign = foreign.send().await;
    assert_eq!(
        (foreign.status, foreign.error_code()),
        (404, "STREAM_KEY_NOT_FOUND".to_owned())
    );
    let unknown = world.get(&format!("{KEYS}/4711/health")).send().await;
    assert_eq!(
        (unknown.status, unknown.error_code()),
        (404, "STREAM_KEY_NOT_FOUND".to_owned())
    );
    world.delete(&format!("{MEMBERS}/1")).send().await;
    assert_eq!(world.get(&path).send().await.status, 404);
    assert_eq!(world.post(&path).send().await.status, 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_noted_is_told_where_the_publisher_is_not() {
    let world = World::new().await;
    world.member().await;
    let publisher = world.publisher().await;
    let seen = Health {
        bitrate: Some(2_531_200),
        ..Health::default()
    };
    publisher.does(Some(seen));
    let path = path(&world).await;
    assert_eq!(world.get(&path).send().await.json()["bitrate"], 2_531_200);
    world.until_health_is_noted(publisher.session()).await;
    publisher.does(None);
    // It is noted without what changes at every look.
    assert_eq!(world.get(&path).send().await.json()["bitrate"], 2_530_000);
}
