//! The commands as a person or a script runs them.

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use support::{Directory, Options, Platform};

#[test]
fn unknown_key_is_refused_by_name() {
    let directory = Directory::new();
    directory.write("videoroom.toml", "[http]\nbnd = \"127.0.0.1:1\"\n");
    let finished = directory.run(&["serve"]);
    assert_eq!(finished.code(), Some(1));
    let told = finished.stderr();
    assert!(
        told.contains("videoroom.toml:2: unknown key http.bnd; did you mean http.bind?"),
        "{told}"
    );
    assert!(told.contains("try: "), "{told}");
}

#[test]
fn unknown_variable_is_refused_by_name() {
    let directory = Directory::new();
    let output = directory
        .command(&["config"])
        .env("VIDEOROOM__MEDIA__WINDWO", "12s")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("VIDEOROOM__MEDIA__WINDWO: unknown key media.windwo"),
        "{told}"
    );
    assert!(
        told.contains("did you mean media.window (VIDEOROOM__MEDIA__WINDOW)?"),
        "{told}"
    );
}

#[test]
fn bad_value_is_refused_with_what_is_accepted() {
    let directory = Directory::new();
    let output = directory
        .command(&["serve"])
        .env("VIDEOROOM__STORAGE__URL", "mysql://localhost/v")
        .output();
    let told = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
    assert!(told.contains("storage.url"), "{told}");
    assert!(
        told.contains("accepted is sqlite:PATH, memory:, or postgres://"),
        "{told}"
    );
}

#[test]
fn configuration_file_that_is_named_must_be_there() {
    let finished = Directory::new().run(&["--config", "missing.toml", "config"]);
    assert_eq!(finished.code(), Some(1));
    assert!(
        finished
            .stderr()
            .contains("can't read the configuration file missing.toml"),
        "{}",
        finished.stderr()
    );
}

#[test]
fn configuration_is_printed_with_origins_and_without_secrets() {
    let directory = Directory::new();
    let secret = "0123456789abcdef0123456789abcdef";
    directory.write(
        "other.toml",
        &format!("[bootstrap]\napi_key = \"k\"\napi_secret = \"{secret}\"\n"),
    );
    let printed = directory.run(&["config", "--config", "other.toml"]).success();
    assert!(!printed.contains(secret), "{printed}");
    let line = |key: &str| {
        printed
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(
        line("bootstrap.api_secret").ends_with("# other.toml:3"),
        "{printed}"
    );
    assert!(
        line("http.bind").ends_with("# environment variable VIDEOROOM__HTTP__BIND"),
        "{printed}"
    );
    assert!(line("media.window").ends_with("# default"), "{printed}");

    let json = directory
        .run(&["config", "--json", "--config", "other.toml"])
        .json();
    let of = |key: &str| {
        json.as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(of("bootstrap.api_secret")["value"], "********");
    assert_eq!(of("storage.url")["value"], "sqlite:data/videoroom.db");
}

#[test]
fn wrong_usage_exits_with_2() {
    let directory = Directory::new();
    assert_eq!(directory.run(&["serv"]).code(), Some(2));
    assert_eq!(directory.run(&["app", "create"]).code(), Some(2));
}

#[test]
fn migrations_are_applied_once() {
    let directory = Directory::new();
    let applied = directory.run(&["migrate", "--json"]).json();
    assert!(!applied["applied"].as_array().unwrap().is_empty(), "{applied}");
    assert_eq!(
        directory.run(&["migrate", "--json"]).json(),
        serde_json::json!({"applied": []})
    );
    assert!(directory.run(&["migrate"]).success().contains("up to date"));
}

#[test]
fn apps_and_their_keys_are_managed_beside_the_platform() {
    let platform = Platform::start();
    let directory = platform.directory();
    let create = [
        "app",
        "create",
        "--json",
        "--name",
        "Shop",
        "--owner-username",
        "foobar",
        "--owner-email",
        "foobar@gmail.com",
    ];
    let created = directory.run(&create).json();
    let text = |field: &str| created[field].as_str().unwrap().to_owned();
    let (key, secret) = (text("appApiKey"), text("appApiSecret"));
    platform
        .call_as((&key, &secret), "GET", "/video-rooms", None)
        .expect(200);

    let issued = directory
        .run(&["app", "key", "issue", "--json", &created["appId"].to_string()])
        .json();
    let (key2, secret2) = (
        issued["appApiKey"].as_str().unwrap(),
        issued["appApiSecret"].as_str().unwrap(),
    );
    support::wait_until("the issued key opens the app", || {
        let answer = platform.call_as((key2, secret2), "GET", "/video-rooms", None);
        (answer.status == 200).then_some(())
    });

    let listed = directory.run(&["app", "list", "--json"]).json();
    let shop = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|app| app["name"] == "Shop")
        .unwrap();
    assert_eq!(shop["appApiKeys"], serde_json::json!([key, key2]));
    let printed = directory.run(&["app", "list"]).success();
    assert!(printed.contains("Shop") && printed.contains(key2), "{printed}");
    assert!(!printed.contains(secret2), "{printed}");

    directory.run(&["app", "key", "revoke", &key]).success();
    let revoked_at = Instant::now();
    let refused = support::wait_until("the revoked key opens nothing", || {
        let answer = platform.call_as((&key, &secret), "GET", "/video-rooms", None);
        (answer.status != 200).then_some(answer)
    });
    assert!(revoked_at.elapsed() <= Duration::from_secs(5));
    assert_eq!(refused.expect(401)["errorCode"], "INVALID_APP_CREDENTIALS");
    platform
        .call_as((key2, secret2), "GET", "/video-rooms", None)
        .expect(200);

    let again = directory.run(&["app", "key", "revoke", &key]);
    assert_eq!(again.code(), Some(1));
    assert!(
        again.stderr().contains("videoroom app list"),
        "{}",
        again.stderr()
    );
}

#[test]
fn store_in_memory_has_no_commands_beside_it() {
    let output = Directory::new()
        .command(&["app", "list"])
        .env("VIDEOROOM__STORAGE__URL", "memory:")
        .output();
    let told = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
    assert!(told.contains("storage.url"), "{told}");
}

#[test]
fn address_in_use_names_the_key_to_change() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for key in ["HTTP", "RTMP", "OPS"] {
        let variable = format!("VIDEOROOM__{key}__BIND");
        let output = Directory::new()
            .command(&["serve"])
            .env(&variable, &address)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("can't listen on {address}")), "{told}");
        assert!(told.contains(&variable), "{told}");
    }
}

#[test]
fn second_platform_on_the_same_file_is_refused() {
    let platform = Platform::start();
    let finished = platform.directory().run(&["serve"]);
    assert_eq!(finished.code(), Some(1));
    let told = finished.stderr();
    assert!(told.contains("another process"), "{told}");
    assert!(told.contains("storage.url"), "{told}");
    platform.call("GET", "/video-rooms", None).expect(200);
}

#[test]
fn store_that_cannot_be_made_is_told_with_its_path() {
    let directory = Directory::new();
    directory.write("data", "a file where the directory should be");
    let finished = directory.run(&["serve"]);
    assert_eq!(finished.code(), Some(1));
    let told = finished.stderr();
    assert!(told.contains("can't open the store data/videoroom.db"), "{told}");
    assert!(told.contains("VIDEOROOM__STORAGE__URL"), "{told}");
}

#[test]
fn keys_for_later_releases_are_told_once_at_start() {
    let mut platform = Options::with_app().set("limits.chat_connections", "10").start();
    let line = platform.wait_for_log("limits.chat_connections");
    assert!(line.contains("WARN"), "{line}");
    assert_eq!(
        platform.log().matches("limits.chat_connections").count(),
        1,
        "{}",
        platform.log()
    );
}

#[test]
fn description_of_the_api_is_printed_as_it_is_in_docs() {
    let printed = Directory::new().run(&["openapi"]).success();
    assert!(
        printed == include_str!("../../../docs/openapi.json"),
        "docs/openapi.json is an older one; run `cargo run -- openapi > docs/openapi.json`"
    );
}
