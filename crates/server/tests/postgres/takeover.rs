//! One publisher a key, over all processes: a second one is refused, and who comes back after a crash or a silence goes on.

use std::time::{Duration, Instant};

use media::rtmp::client::Publisher;

use crate::elsewhere::at;
use crate::nodes::Pair;
use crate::postgres_support::Database;
use crate::support::{Platform, wait_until};
use crate::{Broadcast, Encoder, playlist};

async fn knock(platform: &Platform, secret: &str) -> bool {
    let url = format!("{}/live/{secret}", platform.rtmp);
    Publisher::connect(&url).await.is_ok()
}

/// A number that a playlist states.
fn number(playlist: &str, tag: &str) -> u64 {
    let value = playlist.lines().find_map(|line| line.strip_prefix(tag));
    value
        .unwrap_or_else(|| panic!("no {tag} in {playlist}"))
        .parse()
        .expect("a number")
}

/// The number behind a playlist's last segment.
fn next(playlist: &str) -> u64 {
    let listed = playlist.lines().filter(|line| line.starts_with("#EXTINF"));
    number(playlist, "#EXT-X-MEDIA-SEQUENCE:") + u64::try_from(listed.count()).expect("a count")
}

fn with_segments(platform: &Platform, url: &str) -> String {
    wait_until("there is a segment to play", || {
        let answer = platform.get(url);
        let there = answer.status == 200;
        there
            .then(|| playlist(platform, url))
            .filter(|playlist| playlist.contains("#EXTINF"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_publisher_at_another_process_is_refused_while_the_first_one_speaks() {
    let database = Database::new();
    let pair = Pair::on(&database);
    let broadcast = Broadcast::prepare(&pair.one);
    let encoder = Encoder::start(&pair.one, &broadcast.secret).await;
    Broadcast::wait_for_key(&pair.other, "ACTIVE");
    let asked = Instant::now();
    assert!(!knock(&pair.other, &broadcast.secret).await);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert!(encoder.publishes());
    Broadcast::wait_for_key(&pair.other, "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_publisher_is_taken_over_at_another_process() {
    let database = Database::new();
    let pair = Pair::on(&database);
    let broadcast = Broadcast::prepare(&pair.one);
    // It is let in, and never says a word.
    let url = format!("{}/live/{}", pair.one.rtmp, broadcast.secret);
    let _silent = Publisher::connect(&url).await.unwrap();
    Broadcast::wait_for_key(&pair.other, "ACTIVE_PREP");
    let asked = Instant::now();
    let encoder = Encoder::start(&pair.other, &broadcast.secret).await;
    eprintln!("taken over after {:?}", asked.elapsed());
    assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
    Broadcast::wait_for_key(&pair.one, "ACTIVE");
    assert!(encoder.publishes());
    assert_eq!(
        database.sql("SELECT count(*) FROM sessions WHERE closed_at IS NULL"),
        "1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_comes_back_to_another_process_after_a_crash_goes_on_with_its_broadcast() {
    let database = Database::new();
    let Pair { mut one, other } = Pair::on(&database);
    let broadcast = Broadcast::prepare(&one);
    let encoder = Encoder::start(&one, &broadcast.secret).await;
    Broadcast::wait_for_key(&one, "ACTIVE");
    let live = broadcast.start(&one);
    let before = with_segments(&one, &live);

    one.crash();
    drop(encoder);
    let killed = Instant::now();
    let live = at(&other, &live);
    let url = format!("{}/live/{}", other.rtmp, broadcast.secret);
    // As encoders do: again and again.
    let back = loop {
        if let Ok(publisher) = Publisher::connect(&url).await {
            break publisher;
        }
        assert!(
            killed.elapsed() < Duration::from_secs(15),
            "{:?}",
            killed.elapsed()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    eprintln!("back after {:?}", killed.elapsed());
    let waiting = other.ask(&live);
    assert_eq!(
        (waiting.status, waiting.header("retry-after")),
        (503, Some("1")),
        "{waiting:?}"
    );
    drop(back);
    Broadcast::wait_for_key(&other, "INACTIVE_LIVE");
    let _encoder = Encoder::start(&other, &broadcast.secret).await;
    broadcast.wait_for_room(&other, "LIVE");
    let after = with_segments(&other, &live);
    assert!(
        number(&after, "#EXT-X-MEDIA-SEQUENCE:") >= next(&before),
        "numbers never fall:\n{before}\n{after}"
    );
    let discontinuities = "#EXT-X-DISCONTINUITY-SEQUENCE:";
    assert!(
        number(&after, discontinuities) > number(&before, discontinuities),
        "{before}\n{after}"
    );
}
