//! The database's server is away in the middle of broadcasts, for shorter and longer than a lease: the API of every
//! process says so, publishers and viewers notice nothing, nobody is taken for dead, and what happened meanwhile is
//! written soon after it is back.

use std::time::{Duration, Instant};

use crate::elsewhere::at;
use crate::nodes::{LEASE, Pair, wait_until_both_may_judge};
use crate::postgres_support::Server;
use crate::support::{Platform, wait_until};
use crate::{Broadcast, Encoder, feed, playlist};

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

/// The server of two processes is away for that long, and until both viewers were given segments, while one broadcast
/// goes on at one of them and the publisher of another one leaves the other.
async fn is_away_for(outage: Duration) {
    let mut server = Server::start(&[], |_| ());
    let database = server.database();
    let Pair { one, other } = Pair::on(&database);
    let stays = Broadcast::prepare(&one);
    let leaves = Broadcast::of(&one, "bob");
    let encoder = Encoder::start(&one, &stays.secret).await;
    Broadcast::wait_for_key(&one, "ACTIVE");
    let leaving = Encoder::start(&other, &leaves.secret).await;
    wait_until("the other key is playable", || {
        let key = one.call("GET", "/members/bob/stream-key", None).expect(200);
        (key["streamKeyState"] == "ACTIVE").then_some(())
    });
    leaves.start(&one);
    let live = stays.start(&other);
    let mut viewers = [&one, &other].map(|platform| Viewer::of(platform, at(platform, &live)));

    server.stop();
    drop(leaving);
    let (stopped, before) = (Instant::now(), viewers[0].next);
    let wanted = before + outage.as_secs() / 2;
    while stopped.elapsed() < outage || viewers.iter().any(|viewer| viewer.next < wanted) {
        for platform in [&one, &other] {
            assert_says_so(platform, &stays.room);
        }
        viewers.iter_mut().for_each(Viewer::looks);
        assert!(encoder.publishes());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    server.restart();
    let back = Instant::now();
    for platform in [&one, &other] {
        leaves.wait_for_room(platform, "LIVE_INACTIVE");
        stays.wait_for_room(platform, "LIVE");
    }
    eprintln!("right after {:?}", back.elapsed());
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    Broadcast::wait_for_key(&other, "ACTIVE_LIVE");
    viewers.iter_mut().for_each(Viewer::looks);
    assert_eq!(leaves.end(&one)["videoRoomState"], "ENDED");

    wait_until_both_may_judge(&database, LEASE * 2);
    assert!(encoder.publishes());
    let events = feed::read(&one.caller());
    feed::assert_lawful(&events);
    let room = format!("room {}", stays.id());
    assert_eq!(feed::count(&events, &room, "LIVE_INACTIVE"), 0, "taken for dead");
    drop(encoder);
    stays.wait_for_room(&other, "LIVE_INACTIVE");
    assert_eq!(stays.end(&one)["videoRoomState"], "ENDED");
}

/// A process says that its store is away, soon.
fn assert_says_so(platform: &Platform, path: &str) {
    let asked = Instant::now();
    let refused = platform.call("GET", path, None);
    assert_eq!(refused.expect(503)["errorCode"], "SERVICE_UNAVAILABLE");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(platform.get(&format!("{}/readyz", platform.http)).status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_server_shorter_than_a_lease_is_felt_by_the_api_alone() {
    is_away_for(LEASE / 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_server_longer_than_a_lease_is_felt_by_the_api_alone() {
    is_away_for(LEASE * 3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn a_long_outage_of_the_server_is_felt_by_the_api_alone() {
    is_away_for(Duration::from_secs(30)).await;
}
