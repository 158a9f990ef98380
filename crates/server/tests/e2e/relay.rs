//! HTTP-FLV and RTMP players, in the modes that ask for them.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::house::{House, beside};
use crate::player::assert_decoding_times_rise;
use crate::player::packets;
use crate::publisher;
use crate::support::wait_until;

/// A house whose member's key is in another mode.
fn in_mode(mode: &str) -> House {
    let house = House::open();
    let id = house.key()["id"].as_i64().unwrap();
    house
        .platform
        .call(
            "PATCH",
            &format!("/stream-keys/{id}"),
            Some(json!({"mode": mode})),
        )
        .expect(200);
    house
}

fn url(of: &Value, name: &str) -> String {
    of[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {of}"))
        .to_owned()
}

/// Decodes some seconds with ffmpeg.
fn assert_plays(source: &str, seconds: u32) {
    let output = Command::new("ffmpeg")
        .args([
            "-nostdin",
            "-v",
            "error",
            "-t",
            &seconds.to_string(),
            "-i",
            source,
            "-f",
            "null",
            "-",
        ])
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg is needed: apt-get install ffmpeg");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "ffmpeg of {source}: {complaints}"
    );
}

/// Whether a player is turned away.
fn is_refused(source: &str) -> bool {
    let status = Command::new("ffprobe")
        .args(["-v", "quiet", source])
        .stdin(Stdio::null())
        .status()
        .expect("ffprobe is needed: apt-get install ffmpeg");
    !status.success()
}

#[test]
fn what_is_published_is_played_by_rtmp_and_http_flv_beside_cmaf() {
    let house = in_mode("RTMP_CMAF");
    let encoder = publisher::picture_and_sound(&house.address);
    house.await_key("ACTIVE");
    assert_plays(&url(&house.key(), "rtmpPlayUrl"), 2);
    let (room, live) = house.on_air();
    let room_json = house.get(room);
    let flv = url(&room_json, "httpFlvPlayUrl");
    assert_eq!(flv, beside(&live, "stream.flv"));
    assert_eq!(url(&room_json, "cmafDashPlayUrl"), beside(&live, "manifest.mpd"));
    let rtmp = url(&room_json, "rtmpPlayUrl");
    assert!(!rtmp.contains(house.key()["streamKey"].as_str().unwrap()));
    for source in [&flv, &rtmp] {
        assert_plays(source, 3);
        let packets = packets(source, 4);
        assert!(packets[0].dts < 0.5, "time begins near 0: {:?}", packets[0]);
        assert_decoding_times_rise(&packets);
    }
    house.playlist(&live, "video.m3u8", 1);
    encoder.kill();
    house.await_room(room, "LIVE_INACTIVE");
    house.move_to(room, "ended").expect(200);
    wait_until("nothing is played any more", || {
        (house.platform.get(&flv).status == 404 && is_refused(&rtmp)).then_some(())
    });
}

#[test]
fn a_key_in_mode_rtmp_makes_no_cmaf() {
    let house = in_mode("RTMP");
    let _encoder = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let room = house.get(room);
    assert_eq!(url(&room, "httpFlvPlayUrl"), live, "what plays is the liveUrl");
    for name in ["cmafHlsPlayUrl", "cmafDashPlayUrl"] {
        assert_eq!(room[name], Value::Null);
    }
    assert_eq!(house.platform.get(&beside(&live, "index.m3u8")).status, 404);
    assert_plays(&url(&room, "rtmpPlayUrl"), 2);
}

#[test]
fn the_publishing_url_chooses_a_mode_for_its_session() {
    let house = House::open();
    let encoder = publisher::picture_and_sound(&format!("{}?mode=RTMP", house.address));
    house.await_key("ACTIVE");
    let key = house.key();
    assert_eq!(
        (&key["mode"], &key["cmafHlsPlayUrl"]),
        (&json!("CMAF"), &Value::Null)
    );
    assert_plays(&url(&key, "httpFlvPlayUrl"), 2);
    encoder.kill();
    house.await_key("INACTIVE");
    let _encoder = publisher::picture_and_sound(&house.address);
    house.await_key("ACTIVE");
    let key = house.key();
    assert_eq!(
        (&key["rtmpPlayUrl"], &key["httpFlvPlayUrl"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        house
            .platform
            .get(&beside(&url(&key, "liveUrl"), "stream.flv"))
            .status,
        404
    );
}

#[test]
fn players_stay_over_an_interruption_and_leave_at_the_end() {
    let house = in_mode("RTMP");
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let player = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "packet=codec_type,dts_time",
            "-of",
            "csv=p=0",
            &live,
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffprobe is needed: apt-get install ffmpeg");
    first.kill();
    house.await_room(room, "LIVE_INACTIVE");
    let second = publisher::picture_and_sound(&house.address);
    house.await_room(room, "LIVE");
    assert_plays(&live, 3);
    second.kill();
    house.await_room(room, "LIVE_INACTIVE");
    house.move_to(room, "ended").expect(200);
    let output = player.wait_with_output().expect("it ends with the broadcast");
    let lines = String::from_utf8(output.stdout).unwrap();
    let times: Vec<f64> = lines
        .lines()
        .filter_map(|line| line.strip_prefix("video,"))
        .filter_map(|time| time.trim_end_matches(',').parse().ok())
        .collect();
    assert!(times.len() > 60, "{lines}");
    assert!(times.is_sorted(), "{times:?}");
}
