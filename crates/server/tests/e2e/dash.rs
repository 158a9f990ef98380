//! DASH players: dash.js in headless Chromium, and ffmpeg.

use std::process::{Command, Stdio};

use crate::house::{House, beside};
use crate::mpd_support::Manifest;
use crate::player;
use crate::publisher;
use crate::support::wait_until;

/// The manifest of a room, when it has so many periods.
#[track_caller]
fn manifest(house: &House, url: &str, periods: usize) -> Manifest {
    wait_until(&format!("{url} has {periods} periods"), || {
        let answer = house.platform.get(url);
        if answer.status != 200 {
            return None;
        }
        let manifest = Manifest::read(answer.body);
        (manifest.periods.len() >= periods).then_some(manifest)
    })
}

/// Holds a manifest against the segments beside it.
fn assert_true(manifest: &Manifest, url: &str) {
    manifest.assert_true(|name| {
        let mut answer = ureq::get(beside(url, name)).call().ok()?;
        answer.body_mut().read_to_vec().ok()
    });
}

/// Plays with ffmpeg for some seconds.
fn assert_ffmpeg_plays(url: &str, seconds: u32) {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-t", &seconds.to_string(), "-i", url])
        .args(["-f", "null", "-"])
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg is needed: apt-get install ffmpeg");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "ffmpeg: {complaints}"
    );
}

#[test]
fn dash_players_play_a_room_while_it_is_live_and_when_it_has_ended() {
    let house = House::open();
    let encoder = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let url = house.get(room)["cmafDashPlayUrl"]
        .as_str()
        .expect("a manifest")
        .to_owned();
    assert_eq!(url, beside(&live, "manifest.mpd"));
    assert_true(&manifest(&house, &url, 1), &url);
    let seen = player::dash(&url, 6).wait();
    let number = |name: &str| {
        seen[name]
            .as_f64()
            .unwrap_or_else(|| panic!("no {name} in {seen}"))
    };
    assert!(number("playedSeconds") > 4.5, "the picture moves: {seen}");
    assert!(number("latencySeconds") < 6.0, "it keeps up: {seen}");
    assert_eq!(seen["errors"], serde_json::json!([]), "{seen}");
    assert_ffmpeg_plays(&url, 4);

    encoder.kill();
    house.await_room(room, "LIVE_INACTIVE");
    house.move_to(room, "ended").expect(200);
    let over = wait_until("the manifest is static", || {
        let manifest = manifest(&house, &url, 1);
        (!manifest.live).then_some(manifest)
    });
    assert_true(&over, &url);
    assert_ffmpeg_plays(&url, 60);
    assert_eq!(house.get(room)["cmafDashPlayUrl"], serde_json::Value::Null);
}

#[test]
fn dash_goes_on_in_another_period_behind_an_interruption_and_a_change_of_size() {
    let house = House::open();
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let url = beside(&live, "manifest.mpd");
    manifest(&house, &url, 1);
    let browser = player::dash(&url, 20);
    first.kill();
    house.await_room(room, "LIVE_INACTIVE");
    assert!(manifest(&house, &url, 1).live, "an interruption is no end");
    let _second = publisher::larger_picture_and_sound(&house.address);
    house.await_room(room, "LIVE");
    let resumed = manifest(&house, &url, 2);
    assert_true(&resumed, &url);
    assert_eq!(resumed.periods[1].sets[0].resolution, Some((854, 480)));
    let seen = browser.wait();
    assert_eq!(seen["sizes"], serde_json::json!(["640x360", "854x480"]), "{seen}");
    assert_eq!(seen["errors"], serde_json::json!([]), "{seen}");
}
