//! `videoroom demo`: a broadcast that can be watched, and that ends properly.

mod support;

use support::{Options, Platform, wait_until};

fn demo(options: Options, arguments: &[&str]) -> (Platform, String) {
    let mut platform = options.command(arguments).start();
    let line = platform.wait_for_line("/watch/");
    let watch = line.trim().to_owned();
    (platform, watch)
}

/// The number of the last segment of the playlist that the multivariant playlist names first.
fn last_segment(platform: &Platform, play: &str) -> Option<String> {
    let multivariant = platform.get(&format!("{play}/index.m3u8"));
    assert_eq!(multivariant.status, 200, "{multivariant:?}");
    let media = multivariant
        .body
        .lines()
        .find(|line| !line.starts_with('#') && !line.is_empty())?;
    let playlist = platform.get(&format!("{play}/{media}"));
    assert_eq!(playlist.status, 200, "{playlist:?}");
    playlist
        .body
        .lines()
        .rfind(|line| !line.starts_with('#') && !line.is_empty())
        .map(str::to_owned)
}

#[test]
fn demo_can_be_watched_and_ends_properly() {
    let (mut platform, watch) = demo(Options::first_start(), &["demo"]);
    assert!(watch.starts_with(&platform.http), "{watch}");
    assert_eq!(platform.get(&watch).status, 200);
    let play = watch.replace("/watch/", "/live/");
    let first = last_segment(&platform, &play).expect("a segment");
    wait_until("the playlist goes on", || {
        last_segment(&platform, &play).filter(|segment| *segment != first)
    });

    platform.signal("INT");
    assert_eq!(platform.wait().code(), Some(0));

    let directory = platform.directory().clone();
    let apps = directory.run(&["app", "list", "--json"]).json();
    let demo = apps
        .as_array()
        .unwrap()
        .iter()
        .find(|app| app["name"] == "VideoRoom demo")
        .unwrap();
    assert_eq!(demo["appApiKeys"], serde_json::json!([]), "its key was revoked");
    let issued = directory
        .run(&["app", "key", "issue", "--json", &demo["id"].to_string()])
        .json();
    let credentials = (
        issued["appApiKey"].as_str().unwrap(),
        issued["appApiSecret"].as_str().unwrap(),
    );
    let later = Options::first_start().within(&directory).start();
    let rooms = later
        .call_as(credentials, "GET", "/video-rooms", None)
        .expect(200);
    assert_eq!(rooms["content"][0]["videoRoomState"], "ENDED", "{rooms}");
}

#[test]
fn demo_goes_on_air_again_after_a_crash() {
    let (mut platform, _) = demo(Options::first_start(), &["demo"]);
    platform.crash();
    let directory = platform.directory().clone();
    let (mut platform, watch) = demo(Options::first_start().within(&directory), &["demo"]);
    let play = watch.replace("/watch/", "/live/");
    assert!(last_segment(&platform, &play).is_some());
    assert_eq!(platform.stop().code(), Some(0));
}

#[test]
fn ephemeral_demo_leaves_no_store_behind() {
    let (mut platform, watch) = demo(Options::first_start(), &["demo", "--ephemeral"]);
    assert_eq!(platform.get(&watch).status, 200);
    assert_eq!(platform.stop().code(), Some(0));
    assert!(!platform.directory().path().join("data").exists());
}
