//! The platform as an operator runs it: first start, readiness, restarts, signals.

mod support;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
fn second_start_prints_no_secret() {
    let mut first = Options::first_start().start();
    let directory = first.directory().clone();
    assert!(first.stdout().contains("APP_SECRET="), "{}", first.stdout());
    assert!(!first.log().contains("APP_SECRET"), "{}", first.log());
    assert!(first.stop().success());

    let begun = Instant::now();
    let second = Options::first_start().within(&directory).start();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "ready after {:?}",
        begun.elapsed()
    );
    assert!(!second.stdout().contains("APP_"), "{}", second.stdout());
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
