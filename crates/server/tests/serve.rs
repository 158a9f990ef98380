//! The platform as an operator runs it: first start, readiness, restarts, signals.

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use media::rtmp::client::Publisher;
use serde_json::json;
use support::{APP_KEY, APP_SECRET, Options, Platform};

/// The lines of a first start that are meant to be pasted, from the line that begins with `from` on.
fn to_paste(printed: &str, from: &str) -> String {
    let lines = printed
        .lines()
        .map(str::trim_end)
        .filter(|line| line.is_empty() || line.starts_with("  "));
    let lines: Vec<_> = lines
        .map(str::trim_start)
        .skip_while(|line| !line.starts_with(from))
        .collect();
    lines.join("\n")
}

#[test]
fn first_start_prints_lines_that_lead_to_a_broadcast() {
    let platform = Options::first_start().start();
    let script = to_paste(&platform.stdout(), "APP_KEY=");
    let mut bash = Command::new("bash")
        .args(["-e", "-u"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Before the lines that end it, what a viewer sees; a shell reads its script line by line, as a terminal would.
    let (go_live, end) = script.split_once("kill $PUBLISHER").unwrap();
    let look = format!(
        "curl -fsS -o /dev/null -w 'page %{{http_code}}\\n' {0}/watch/$PLAYBACK_ID\n\
         curl -fsS -w 'playlist %{{http_code}}\\n' {0}/live/$PLAYBACK_ID/index.m3u8\n",
        platform.http
    );
    let mut stdin = bash.stdin.take().unwrap();
    stdin
        .write_all(
            format!(
                "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{go_live}\n{look}\nkill $PUBLISHER{end}\n"
            )
            .as_bytes(),
        )
        .unwrap();
    drop(stdin);
    let output = bash.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}\n{complaints}");
    assert!(
        printed.contains(&format!("Watch it at {}/watch/", platform.http)),
        "{printed}"
    );
    assert!(printed.contains("page 200"), "{printed}\n{complaints}");
    assert!(printed.contains("playlist 200"), "{printed}\n{complaints}");
    assert!(
        printed.contains("\"videoRoomState\":\"ENDED\""),
        "{printed}\n{complaints}"
    );
}

#[test]
fn second_start_is_ready_within_a_second_and_prints_no_secret() {
    let mut first = Options::first_start().start();
    let directory = first.directory().clone();
    assert!(first.stdout().contains("APP_SECRET="), "{}", first.stdout());
    assert!(!first.log().contains("APP_SECRET"), "{}", first.log());
    assert!(first.stop().success());

    let begun = Instant::now();
    let second = Options::first_start().within(&directory).start();
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "ready after {:?}",
        begun.elapsed()
    );
    assert!(!second.stdout().contains("APP_"), "{}", second.stdout());
}

/// The pages of the program itself count elsewhere: there are several times as many of them in a build for tests. The
/// benchmark `startup` holds all of a release build to 50 MiB, with pages of 2 MiB where the kernel gives them.
#[test]
fn idle_platform_takes_at_most_16_mib_beside_its_program() {
    let platform = Options::with_app().with_small_pages().start();
    for _ in 0..100 {
        platform.get(&format!("{}/readyz", platform.http)).expect(200);
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", platform.pid())).unwrap();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .unwrap();
    let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib <= 16 * 1024, "{kib} KiB");
}

#[test]
fn app_of_the_configuration_is_there_after_every_start() {
    let mut first = Platform::start();
    let directory = first.directory().clone();
    assert!(!first.stdout().contains(APP_SECRET), "{}", first.stdout());
    first.call("GET", "/video-rooms", None).expect(200);
    assert!(first.stop().success());
    let second = Options::with_app().within(&directory).start();
    second
        .call_as((APP_KEY, APP_SECRET), "GET", "/video-rooms", None)
        .expect(200);
    let apps = directory.run(&["app", "list", "--json"]).json();
    assert_eq!(apps.as_array().map(Vec::len), Some(1), "{apps}");
}

#[test]
fn health_is_told_on_both_addresses() {
    let platform = Platform::start();
    for address in [&platform.http, &platform.ops] {
        platform.get(&format!("{address}/healthz")).expect(200);
        let ready = platform.get(&format!("{address}/readyz")).expect(200);
        for check in ["storage", "migrations", "repair", "media"] {
            assert_eq!(ready["checks"][check], "UP", "{ready}");
        }
    }
}

#[test]
fn operators_address_and_ingest_can_be_off() {
    let platform = Options::with_app()
        .set("ops.bind", "off")
        .set("rtmp.bind", "off")
        .start();
    assert_eq!((platform.ops.as_str(), platform.rtmp.as_str()), ("off", "off"));
    platform.get(&format!("{}/readyz", platform.http)).expect(200);
}

#[test]
fn store_in_memory_serves_until_the_end() {
    let mut platform = Options::with_app().set("storage.url", "memory:").start();
    platform.call("GET", "/video-rooms", None).expect(200);
    assert!(platform.stop().success());
    assert!(!platform.directory().path().join("data").exists());
}

#[test]
fn both_signals_end_it_in_good_order() {
    for signal in ["TERM", "INT"] {
        let mut platform = Platform::start();
        platform.signal(signal);
        assert_eq!(platform.wait().code(), Some(0), "{signal}");
        assert!(platform.log().contains("stopped"), "{}", platform.log());
    }
}

/// A request whose body never comes: it is in flight as long as the connection is held.
#[test]
fn a_stopped_platform_leaves_its_store_in_one_file() {
    let mut platform = Platform::start();
    let wanted = json!({"appUserId": "1"});
    platform.call("POST", "/members", Some(wanted)).expect(201);
    let data = platform.directory().path().join("data");
    assert!(platform.stop().success());
    let files = std::fs::read_dir(data)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    let beside: Vec<_> = files.filter(|name| name != "videoroom.db.lock").collect();
    assert_eq!(beside, ["videoroom.db"]);
}

fn unfinished_request(platform: &Platform) -> TcpStream {
    let address = platform.http.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let authorization = STANDARD.encode(format!("{APP_KEY}:{APP_SECRET}"));
    let head = format!(
        "POST /v2/apps/me/members HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {authorization}\r\n\
         Content-Type: application/json\r\nContent-Length: 17\r\nExpect: 100-continue\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    connection
}

#[test]
fn request_in_flight_is_finished_before_the_end() {
    let mut platform = Platform::start();
    let mut connection = unfinished_request(&platform);
    platform.signal("TERM");
    platform.wait_for_log("stopping");
    let ready = platform.get(&format!("{}/readyz", platform.ops));
    assert_eq!(ready.status, 503, "{ready:?}");
    platform.get(&format!("{}/healthz", platform.ops)).expect(200);

    connection.write_all(br#"{"appUserId":"1"}"#).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 201 Created"), "{answer}");
    assert!(
        answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
    assert_eq!(platform.wait().code(), Some(0));
}

#[test]
fn second_signal_ends_it_at_once() {
    let mut platform = Platform::start();
    let _connection = unfinished_request(&platform);
    let begun = Instant::now();
    platform.signal("TERM");
    platform.wait_for_log("stopping");
    platform.signal("INT");
    assert_eq!(platform.wait().code(), Some(1));
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "after {:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn publishers_are_sent_off_and_their_states_written() {
    let mut platform = Platform::start();
    platform.call("POST", "/members", Some(json!({"appUserId": "1"})));
    let key = platform.call("GET", "/members/1/stream-key", None).expect(200);
    let secret = key["streamKey"].as_str().unwrap().to_owned();
    let url = format!("{}/live/{secret}", platform.rtmp);
    let mut publisher = Publisher::connect(&url).await.unwrap();
    let state = |platform: &Platform| {
        platform.call("GET", "/members/1/stream-key", None).expect(200)["streamKeyState"].clone()
    };
    assert_eq!(state(&platform), "ACTIVE_PREP");

    platform.signal("TERM");
    publisher.ended().await;
    assert_eq!(platform.wait().code(), Some(0));
    assert!(!platform.log().contains(&secret), "{}", platform.log());

    let again = Options::with_app().within(platform.directory()).start();
    assert_eq!(state(&again), "INACTIVE");
    assert!(
        !again.log().contains("crash"),
        "nothing was left to put right: {}",
        again.log()
    );
}

#[test]
fn hang_up_reads_the_log_filter_again() {
    let directory = support::Directory::new();
    directory.write("videoroom.toml", "[log]\nfilter = \"info\"\n");
    let mut platform = Options::with_app().within(&directory).start();
    directory.write("videoroom.toml", "[log]\nfilter = \"nonsense=nonsense\"\n");
    platform.signal("HUP");
    platform.wait_for_log("could not be read again");
    directory.write("videoroom.toml", "[log]\nfilter = \"off\"\n");
    platform.signal("HUP");
    // What the new filter lets through says nothing: the platform ends without a word.
    support::wait_until("the filter is in force", || {
        platform.signal("HUP");
        let before = platform.log().len();
        platform.get(&format!("{}/healthz", platform.http));
        (platform.log().len() == before).then_some(())
    });
    assert!(platform.stop().success());
    assert!(
        !platform.log().contains("\"message\":\"stopped\""),
        "{}",
        platform.log()
    );
}

#[test]
fn what_is_not_http_is_no_error_in_the_log_unless_it_is_asked_for() {
    let garbage = |platform: &Platform| {
        let address = platform.http.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"\x03\x00\x00 hello\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "it has no body: {answer}");
    };
    let mut platform = Options::with_app().start();
    garbage(&platform);
    platform.stop();
    let log = platform.log();
    assert!(!log.contains("ERROR") && !log.contains("actix_http"), "{log}");

    let filter = "info,actix_http::h1::dispatcher=error";
    let mut platform = Options::with_app().set("log.filter", filter).start();
    garbage(&platform);
    platform.wait_for_log("request parse error");
}

#[test]
fn back_ends_are_answered_when_there_are_as_many_players_as_may_be() {
    let platform = Options::with_app().set("limits.viewers", "1").start();
    let playlist = format!("{}/live/{}/index.m3u8", platform.http, "a".repeat(26));
    let first = support::agent();
    // Read to its end, an answer leaves its connection open.
    let ask = |agent: &ureq::Agent| {
        let mut answer = agent.get(&playlist).call().unwrap();
        answer.body_mut().read_to_string().unwrap();
        answer
    };
    assert_eq!(ask(&first).status(), 404);
    let refused = ask(&support::agent());
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "1");
    platform.call("GET", "/video-rooms", None).expect(200);
    assert_eq!(ask(&first).status(), 404, "who has a seat keeps it");
}
