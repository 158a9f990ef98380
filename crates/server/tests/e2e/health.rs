//! How an ingest is doing, as the app that owns the stream key sees it.

use serde_json::{Value, json};

use crate::house::House;
use crate::publisher;
use crate::support::wait_until;

fn health(house: &House) -> Value {
    let path = format!("/stream-keys/{}/health", house.key()["id"]);
    house.platform.call("GET", &path, None).expect(200)
}

#[test]
fn an_app_sees_what_its_member_publishes_and_that_nothing_is_wrong() {
    let house = House::open();
    assert_eq!(health(&house)["bitrate"], Value::Null);
    let encoder = publisher::picture_and_sound(&house.address);
    house.await_key("ACTIVE");
    let seen = wait_until("the ingest is measured", || {
        let seen = health(&house);
        let is_measured = !seen["bitrate"].is_null() && !seen["latency"]["p95"].is_null();
        // An encoder's first decoding times are closer together than its frames.
        let rate = seen["frameRate"].as_f64().unwrap_or(0.0);
        let is_steady = (rate - 30.0).abs() < 0.1 && !seen["keyFrameInterval"].is_null();
        (is_measured && is_steady).then_some(seen)
    });
    assert_eq!(
        (
            &seen["width"],
            &seen["height"],
            &seen["audioCodec"],
            &seen["dropped"]
        ),
        (&json!(640), &json!(360), &json!("mp4a.40.2"), &json!(0)),
        "{seen}"
    );
    let number = |pointer: &str| seen.pointer(pointer).and_then(Value::as_f64).expect(pointer);
    assert!((number("/keyFrameInterval") - 2.0).abs() < 0.01, "{seen}");
    assert!((300_000.0..2_000_000.0).contains(&number("/bitrate")), "{seen}");
    assert!((300.0..700.0).contains(&number("/latency/p50")), "{seen}");
    assert_eq!(seen["warnings"], json!([]), "{seen}");

    encoder.kill();
    house.await_key("INACTIVE");
    assert_eq!(health(&house)["videoCodec"], Value::Null);
}

#[test]
fn a_broadcaster_is_told_what_to_set_in_the_encoder() {
    let house = House::open();
    let _encoder = publisher::rare_key_frames(&house.address);
    let advised = wait_until("both warnings", || {
        let seen = health(&house);
        let warnings = seen["warnings"].as_array().cloned().unwrap_or_default();
        let codes: Vec<_> = warnings.iter().map(|warning| &warning["code"]).collect();
        (codes == ["AUDIO_MISSING", "KEY_FRAMES_RARE"]).then_some(warnings)
    });
    let advice = advised[1]["message"].as_str().unwrap();
    assert!(advice.ends_with("set 2 s in the encoder"), "{advice}");
}
