//! HTTPS with HTTP/2, and RTMPS: real encoders and players, certificates that change, and ones that are no good.

use std::fs;
use std::process::{Child, Command, Stdio};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};

use crate::house::beside;
use crate::player::Playlist;
use crate::publisher;
use crate::support::{APP_KEY, APP_SECRET, Directory, Options, Platform, wait_until};

/// Puts a new certificate for this machine into `cert.pem` and `key.pem`.
fn certify(directory: &Directory) {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    directory.write("cert.pem", &cert.pem());
    directory.write("key.pem", &signing_key.serialize_pem());
}

/// A platform with TLS for everything, and how to reach it.
struct Secure {
    platform: Platform,
    directory: Directory,
    /// Where publishers connect by RTMPS.
    rtmps: String,
}

/// What curl tells of an answer.
struct Answer {
    status: u16,
    /// Such as `2`.
    version: String,
    body: String,
}

impl Secure {
    fn start() -> Self {
        let directory = Directory::new();
        certify(&directory);
        let platform = Options::with_app()
            .within(&directory)
            .set("http.tls.cert", "cert.pem")
            .set("http.tls.key", "key.pem")
            .set("rtmp.tls.bind", "127.0.0.1:0")
            .set("rtmp.tls.cert", "cert.pem")
            .set("rtmp.tls.key", "key.pem")
            .start();
        let ready = platform.stdout();
        let rtmps = ready
            .split_whitespace()
            .find_map(|word| word.strip_prefix("rtmps="));
        let rtmps = rtmps.expect("an address for RTMPS").to_owned();
        assert!(platform.http.starts_with("https://"), "{}", platform.http);
        Self {
            platform,
            directory,
            rtmps,
        }
    }

    /// curl, which takes the certificate in this file only.
    fn curl(&self, certificate: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("curl");
        command
            .current_dir(self.directory.path())
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "20",
                "--cacert",
                certificate,
            ])
            .args(["--write-out", "\n%{http_version} %{http_code}"])
            .args(arguments);
        command
    }

    fn ask(&self, arguments: &[&str]) -> Answer {
        let output = self.curl("cert.pem", arguments).output().expect("curl is needed");
        told(&output.stdout, &output.stderr)
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/v2/apps/me{path}", self.platform.http);
        let user = format!("{APP_KEY}:{APP_SECRET}");
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut arguments = vec!["--user", &user, "--request", method];
        if !body.is_empty() {
            arguments.extend(["--header", "content-type: application/json", "--data", &body]);
        }
        arguments.push(&url);
        let answer = self.ask(&arguments);
        assert!(answer.status < 300, "{method} {path}: {}", answer.body);
        assert_eq!(answer.version, "2", "{method} {path}");
        serde_json::from_str(&answer.body).unwrap_or(Value::Null)
    }

    /// Puts a member on air that publishes by RTMPS in both ways; answers the room.
    fn on_air(&self) -> (publisher::Encoder, Value) {
        self.call("POST", "/members", Some(&json!({"appUserId": "1"})));
        let key = self.call("GET", "/members/1/stream-key", None);
        assert!(
            key["ingestUrl"].as_str().unwrap().starts_with("rtmp://"),
            "plain, as long as there is that"
        );
        let secret = key["streamKey"].as_str().unwrap();
        let encoder = publisher::picture_and_sound(&format!("{}/live/{secret}?mode=RTMP_CMAF", self.rtmps));
        wait_until("the stream key is ACTIVE", || {
            let key = self.call("GET", "/members/1/stream-key", None);
            (key["streamKeyState"] == "ACTIVE").then_some(())
        });
        let wanted =
            json!({"appUserId": "1", "type": "BROADCAST_RTMP", "scheduledAt": "2026-01-01T00:00:00Z"});
        let room = self.call("POST", "/video-rooms", Some(&wanted));
        let path = format!("/video-rooms/{}/rtmp-broadcast/state/live", room["id"]);
        (encoder, self.call("POST", &path, None))
    }

    fn playlist(&self, url: &str) -> Option<Playlist> {
        let answer = self.ask(&[url]);
        (answer.status == 200).then(|| Playlist::parse(answer.body))
    }
}

fn told(stdout: &[u8], stderr: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(stdout);
    let (body, told) = text.rsplit_once('\n').expect("what curl adds");
    let (version, status) = told.split_once(' ').expect("two words");
    let status = status.parse().unwrap();
    assert_ne!(status, 0, "{}", String::from_utf8_lossy(stderr));
    Answer {
        status,
        version: version.to_owned(),
        body: body.to_owned(),
    }
}

#[test]
fn what_comes_by_rtmps_is_played_by_https_and_http_2_and_by_rtmps() {
    let secure = Secure::start();
    let (_encoder, room) = secure.on_air();
    let live = room["liveUrl"].as_str().unwrap();
    assert!(live.starts_with("https://"), "{live}");
    let video = beside(live, "video.m3u8");
    let playlist = wait_until("three segments", || {
        secure
            .playlist(&video)
            .filter(|playlist| playlist.durations.len() >= 3)
    });

    // A part that is still to be made: the request waits for it, and others of the connection do not wait for that.
    let next = playlist.next();
    let waiting = format!("{video}?_HLS_msn={next}&_HLS_part=1");
    let answer = secure.ask(&[&waiting]);
    assert_eq!(
        (answer.status, answer.version.as_str()),
        (200, "2"),
        "{}",
        answer.body
    );
    assert!(Playlist::parse(answer.body).next() >= next);

    // Who knows no HTTP/2 is served too.
    let answer = secure.ask(&["--http1.1", live]);
    assert_eq!((answer.status, answer.version.as_str()), (200, "1.1"));

    let id = live.split('/').rev().nth(1).unwrap();
    for source in [
        format!("{}/live/{id}", secure.rtmps),
        room["httpFlvPlayUrl"].as_str().unwrap().to_owned(),
    ] {
        let output = Command::new("ffmpeg")
            .args([
                "-nostdin", "-v", "error", "-t", "3", "-i", &source, "-f", "null", "-",
            ])
            .output()
            .expect("ffmpeg is needed: apt-get install ffmpeg");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && complaints.is_empty(),
            "{source}: {complaints}"
        );
    }
}

#[test]
fn the_watch_page_plays_by_http_2_and_tells_how_far_behind_live_it_is() {
    let secure = Secure::start();
    let (_encoder, room) = secure.on_air();
    let live = room["liveUrl"].as_str().unwrap();
    let id = live.split('/').rev().nth(1).unwrap();
    let page = format!("{}/watch/{id}", secure.platform.http);
    let seen = crate::player::browser_by_tls(&page, 12);
    assert_eq!(
        (&seen["videoRoomState"], &seen["protocol"]),
        (&json!("LIVE"), &json!("h2")),
        "{seen}"
    );
    assert!(seen["playedSeconds"].as_f64().unwrap() > 9.0, "{seen}");
    assert!(seen["latencyP50"].as_f64().unwrap() < 4.0, "{seen}");
    let metrics = secure
        .platform
        .get(&format!("{}/metrics", secure.platform.ops))
        .body;
    let count = metrics
        .lines()
        .find_map(|line| line.strip_prefix("videoroom_player_latency_seconds_count "));
    let count = count.expect("a count").parse::<f64>().unwrap();
    assert!(count >= 1.0, "{count} reports of the page");
}

#[test]
fn a_certificate_is_exchanged_at_sighup_and_a_bad_one_is_not_taken() {
    let mut secure = Secure::start();
    let url = format!("{}/healthz", secure.platform.http);
    fs::copy(
        secure.directory.path().join("cert.pem"),
        secure.directory.path().join("first.pem"),
    )
    .unwrap();
    let is_shown = |secure: &Secure, certificate: &str| {
        let output = secure.curl(certificate, &[&url]).output().unwrap();
        output.status.success()
    };
    assert!(is_shown(&secure, "first.pem"));

    secure.directory.write("key.pem", "nothing of use");
    secure.platform.signal("HUP");
    secure.platform.wait_for_log("could not be read again");
    assert!(is_shown(&secure, "first.pem"), "the one of before stays");

    certify(&secure.directory);
    secure.platform.signal("HUP");
    secure.platform.wait_for_log("the certificate was read again");
    wait_until("the new certificate is shown", || {
        is_shown(&secure, "cert.pem").then_some(())
    });
    assert!(!is_shown(&secure, "first.pem"));
    assert!(secure.platform.stop().success());
}

#[test]
fn a_certificate_that_is_not_there_stops_the_start_with_advice() {
    let directory = Directory::new();
    let mut command = directory.command(&["serve"]);
    command
        .env("VIDEOROOM__HTTP__TLS__CERT", "nowhere.pem")
        .env("VIDEOROOM__HTTP__TLS__KEY", "nowhere.pem");
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    for part in [
        "can't read http.tls.cert from nowhere.pem",
        "because: No such file",
        "try: set http.tls.cert (VIDEOROOM__HTTP__TLS__CERT)",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn who_waits_by_http_2_is_answered_when_the_platform_stops_and_the_encoder_is_told() {
    let mut secure = Secure::start();
    let (encoder, room) = secure.on_air();
    let video = beside(room["liveUrl"].as_str().unwrap(), "video.m3u8");
    let playlist = wait_until("a segment", || {
        secure
            .playlist(&video)
            .filter(|playlist| !playlist.durations.is_empty())
    });
    let far = format!("{video}?_HLS_msn={}", playlist.next() + 1);
    let waiting: Child = secure
        .curl("cert.pem", &[&far])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the request waits", || {
        let metrics = secure
            .platform
            .get(&format!("{}/metrics", secure.platform.ops))
            .body;
        metrics.contains("videoroom_viewers 1\n").then_some(())
    });
    assert!(secure.platform.stop().success());
    let output = waiting.wait_with_output().unwrap();
    let answer = told(&output.stdout, &output.stderr);
    assert_eq!(answer.version, "2");
    assert!([200, 503].contains(&answer.status), "{}", answer.body);
    assert!(!encoder.finishes(), "the encoder is told that it was sent off");
}
