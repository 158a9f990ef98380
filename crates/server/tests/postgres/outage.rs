//! The database's server is away in the middle of broadcasts: the API says so, publishers and viewers notice nothing, and
//! what happened meanwhile is written soon after it is back.

use std::time::{Duration, Instant};

use crate::postgres_support::Server;
use crate::support::{Platform, wait_until};
use crate::{Broadcast, Encoder, migrated, on, playlist};

/// A viewer who reads the playlist again and again, and never waits longer than a picture may stand still.
struct Viewer<'a> {
    platform: &'a Platform,
    url: String,
    next: u64,
    moved: Instant,
}

impl<'a> Viewer<'a> {
    fn of(platform: &'a Platform, url: String) -> Self {
        wait_until("there is a segment to play", || {
            playlist(platform, &url).contains("#EXTINF").then_some(())
        });
        let next = segments(&playlist(platform, &url));
        let moved = Instant::now();
        Self {
            platform,
            url,
            next,
            moved,
        }
    }

    /// Looks at the playlist, and whether it went on.
    fn looks(&mut self) {
        let next = segments(&playlist(self.platform, &self.url));
        assert!(
            next >= self.next,
            "the playlist went back: {next} after {}",
            self.next
        );
        if next > self.next {
            (self.next, self.moved) = (next, Instant::now());
        }
        assert!(
            self.moved.elapsed() < Duration::from_secs(6),
            "the picture stands still"
        );
    }
}

/// How many segments there have been up to the end of a playlist.
fn segments(playlist: &str) -> u64 {
    let first = playlist
        .lines()
        .find_map(|line| line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:"));
    let listed = playlist.lines().filter(|line| line.starts_with("#EXTINF"));
    first.unwrap().parse::<u64>().unwrap() + u64::try_from(listed.count()).unwrap()
}

/// The server is away for that long, while one broadcast goes on and the publisher of another one leaves.
async fn is_away_for(outage: Duration) {
    let mut server = Server::start(&[], |_| ());
    let database = server.database();
    let platform = on(&migrated(&database)).start();
    let stays = Broadcast::prepare(&platform);
    let leaves = Broadcast::of(&platform, "bob");
    let encoder = Encoder::start(&platform, &stays.secret).await;
    Broadcast::wait_for_key(&platform, "ACTIVE");
    let leaving = Encoder::start(&platform, &leaves.secret).await;
    wait_until("the other key is playable", || {
        let key = platform.call("GET", "/members/bob/stream-key", None).expect(200);
        (key["streamKeyState"] == "ACTIVE").then_some(())
    });
    leaves.start(&platform);
    let mut viewer = Viewer::of(&platform, stays.start(&platform));

    server.stop();
    drop(leaving);
    let (stopped, before) = (Instant::now(), viewer.next);
    while stopped.elapsed() < outage {
        let asked = Instant::now();
        let refused = platform.call("GET", &stays.room, None);
        assert_eq!(refused.expect(503)["errorCode"], "SERVICE_UNAVAILABLE");
        assert!(refused.header("retry-after").is_some(), "{refused:?}");
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        assert_eq!(platform.get(&format!("{}/readyz", platform.http)).status, 503);
        viewer.looks();
        assert!(encoder.publishes());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let grown = viewer.next - before;
    assert!(grown >= outage.as_secs() / 2, "{grown} segments in {outage:?}");

    server.restart();
    let back = Instant::now();
    leaves.wait_for_room(&platform, "LIVE_INACTIVE");
    stays.wait_for_room(&platform, "LIVE");
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    Broadcast::wait_for_key(&platform, "ACTIVE_LIVE");
    viewer.looks();
    assert_eq!(leaves.end(&platform)["videoRoomState"], "ENDED");
    assert!(encoder.publishes());
    drop(encoder);
    stays.wait_for_room(&platform, "LIVE_INACTIVE");
    assert_eq!(stays.end(&platform)["videoRoomState"], "ENDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_server_is_felt_by_the_api_alone() {
    is_away_for(Duration::from_secs(6)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn a_long_outage_of_the_server_is_felt_by_the_api_alone() {
    is_away_for(Duration::from_secs(30)).await;
}
