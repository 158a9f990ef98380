//! Low latency as it is really served: judged rule by rule, and played a second or two behind live.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use hls_check::{Report, watch};

use crate::house::{House, beside};
use crate::player;
use crate::publisher;
use crate::support::Options;

/// Rules that nothing of ours comes under: it has neither gaps with parts nor groups of dates to be skipped, and says
/// nothing of `HOLD-BACK`.
const NOT_OURS: [&str; 4] = [
    "gap-needs-version-8",
    "hold-back-is-three-target-durations",
    "parts-of-a-gap-are-gaps",
    "skipping-dates-needs-a-boundary",
];

/// Judges what is served for some seconds, and crosses out the rules that applied.
#[track_caller]
fn assert_keeps_the_rules(live: &str, seconds: u64, untried: &mut BTreeSet<&'static str>) {
    let report = watch(live, Duration::from_secs(seconds)).expect("playlists to judge");
    assert_eq!(report.violations(), [""; 0], "{report}");
    cross_out(&report, untried);
}

fn cross_out(report: &Report, untried: &mut BTreeSet<&'static str>) {
    let left: BTreeSet<_> = report.untried().into_iter().collect();
    untried.retain(|rule| left.contains(rule));
}

/// Runs `work` while so many players wait for each new part.
fn under_load(live: &str, players: usize, work: impl FnOnce()) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..players {
            scope.spawn(|| {
                let playlist = beside(live, "video.m3u8");
                let mut next = 0;
                while !over.load(Ordering::Relaxed) {
                    let asked = format!("{playlist}?_HLS_msn={next}&_HLS_part=0");
                    let Ok(mut answer) = ureq::get(asked).call() else {
                        continue;
                    };
                    let text = answer.body_mut().read_to_string().unwrap_or_default();
                    next = hls_check::MediaPlaylist::parse(&text).next_number();
                }
            });
        }
        work();
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_is_served_keeps_every_rule_live_under_load_during_an_interruption_after_it_and_at_the_end() {
    // A window so long that there is something to be skipped.
    let house = House::with(Options::with_app().set("media.window", "18s"));
    let mut untried: BTreeSet<_> = hls_check::names().into_iter().map(|rule| rule.name).collect();
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    let url = live.clone();
    let all_along = thread::spawn(move || watch(&url, Duration::from_secs(40)).expect("playlists to judge"));
    house.playlist(&live, "video.m3u8", 3);
    assert_keeps_the_rules(&live, 4, &mut untried);
    house.playlist(&live, "video.m3u8", 9);
    under_load(&live, 50, || assert_keeps_the_rules(&live, 10, &mut untried));

    first.kill();
    house.await_room(room, "LIVE_INACTIVE");
    let next = house.playlist(&live, "video.m3u8", 3).next();
    assert_keeps_the_rules(&live, 4, &mut untried);

    let second = publisher::larger_picture_and_sound(&house.address);
    house.await_room(room, "LIVE");
    while house.playlist(&live, "video.m3u8", 3).next() == next {
        thread::sleep(Duration::from_millis(100));
    }
    assert_keeps_the_rules(&live, 4, &mut untried);
    let report = all_along.join().expect("a report");
    assert_eq!(report.violations(), [""; 0], "{report}");
    cross_out(&report, &mut untried);

    second.kill();
    house.await_room(room, "LIVE_INACTIVE");
    house.move_to(room, "ended").expect(200);
    assert_keeps_the_rules(&live, 2, &mut untried);
    assert_eq!(untried, BTreeSet::from(NOT_OURS), "what never applied");
}

#[test]
fn the_watch_page_is_two_seconds_behind_live_and_plays_on_over_an_interruption() {
    let house = House::open();
    let first = publisher::picture_and_sound(&house.address);
    let (room, live) = house.on_air();
    house.playlist(&live, "audio.m3u8", 2);
    let id = live.split('/').rev().nth(1).expect("a playback id");
    let page = format!("{}/watch/{id}", house.platform.http);
    let seen = player::browser(&page, 8, None);
    let latency = seen["latencySeconds"].as_f64().expect("a latency");
    assert!(latency < 2.0, "{seen}");
    assert_eq!(seen["errorCount"], 0, "{seen}");

    let watched = thread::spawn(move || player::browser(&page, 18, None));
    thread::sleep(Duration::from_secs(5));
    first.kill();
    house.await_room(room, "LIVE_INACTIVE");
    let _second = publisher::larger_picture_and_sound(&house.address);
    house.await_room(room, "LIVE");
    let seen = watched.join().expect("a report");
    assert_eq!(
        (&seen["videoRoomState"], &seen["width"]),
        (&"LIVE".into(), &854.into()),
        "{seen}"
    );
    assert_eq!(seen["restarts"], 0, "{seen}");
    let latency = seen["latencySeconds"].as_f64().expect("a latency");
    assert!(latency < 4.0, "{seen}");
}

#[test]
fn players_without_low_latency_play_the_same_playlists_as_ordinary_hls() {
    let house = House::open();
    let _encoder = publisher::picture_and_sound(&house.address);
    let (_room, live) = house.on_air();
    let playlist = house.playlist(&live, "video.m3u8", 3);
    assert!(playlist.text.contains("#EXT-X-PRELOAD-HINT"), "{}", playlist.text);
    assert_eq!(player::complaints(&live, 4), "");
    let (pictures, sounds) = player::gstreamer(&live, 10);
    assert!(
        pictures > 150 && sounds > 200,
        "{pictures} pictures, {sounds} sounds"
    );
}
