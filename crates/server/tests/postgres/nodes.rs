//! Several processes on one database: which of them are alive, and what the others do about one that is not.

use std::time::{Duration, Instant};

use crate::postgres_support::{Database, Server};
use crate::support::{Options, Platform, wait_until};
use crate::{Broadcast, Encoder, migrated, on};

/// The shortest lease that there is, for tests that have to see one run out.
pub(crate) const LEASE: Duration = Duration::from_secs(2);

/// A process of that name on the database, with the shortest lease.
pub(crate) fn node(url: &str, name: &str) -> Options {
    on(url).set("node.name", name).set("node.lease", "2s")
}

/// Two processes on one database, each with its own media server.
pub(crate) struct Pair {
    pub(crate) one: Platform,
    pub(crate) other: Platform,
}

impl Pair {
    /// Starts them on a database that is still empty. Each has kept its lease for long enough to judge the other.
    pub(crate) fn on(database: &Database) -> Self {
        let url = migrated(database);
        let pair = Self {
            one: node(&url, "one").start(),
            other: node(&url, "other").start(),
        };
        wait_until_both_may_judge(database, LEASE);
        pair
    }
}

/// Waits until two nodes have kept their leases for that long.
pub(crate) fn wait_until_both_may_judge(database: &Database, lease: Duration) {
    let sql = format!(
        "SELECT count(*) FROM nodes WHERE name IN ('one', 'other') AND expires_at > clock_timestamp() \
         AND clock_timestamp() - unbroken_since > interval '{} milliseconds'",
        lease.as_millis()
    );
    wait_until("both may judge each other", || {
        (database.sql(&sql) == "2").then_some(())
    });
}

/// Whether the key was ever taken for one without a publisher, as its app was told.
fn key_was_lost(platform: &Platform) -> bool {
    let events = platform.call("GET", "/events", None).expect(200);
    let events = events["events"].as_array().expect("events");
    events
        .iter()
        .any(|event| event["type"] == "STREAM_KEY_INACTIVE" || event["type"] == "STREAM_KEY_INACTIVE_LIVE")
}

#[test]
fn a_second_process_of_a_name_is_refused_as_long_as_the_first_one_lives() {
    let database = Database::new();
    let url = migrated(&database);
    let mut first = node(&url, "one").start();
    let refused = node(&url, "one").fails();
    for part in ["\"one\"", "is alive", "node.name", "VIDEOROOM__NODE__NAME"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    first.get(&format!("{}/readyz", first.http)).expect(200);

    assert!(first.stop().success());
    assert_eq!(
        database.sql("SELECT count(*) FROM nodes WHERE name = 'one'"),
        "0",
        "given back"
    );
    let asked = Instant::now();
    let _second = node(&url, "one").set("node.lease", "5m").start();
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_is_put_right_by_another_within_fifteen_seconds() {
    let database = Database::new();
    let url = migrated(&database);
    let mut one = on(&url).set("node.name", "one").start();
    let other = on(&url).set("node.name", "other").start();
    let broadcast = Broadcast::prepare(&one);
    let encoder = Encoder::start(&one, &broadcast.secret).await;
    Broadcast::wait_for_key(&one, "ACTIVE");
    broadcast.start(&other);
    Broadcast::wait_for_key(&other, "ACTIVE_LIVE");
    wait_until_both_may_judge(&database, Duration::from_secs(10));

    one.crash();
    let killed = Instant::now();
    drop(encoder);
    broadcast.wait_for_room(&other, "LIVE_INACTIVE");
    Broadcast::wait_for_key(&other, "INACTIVE_LIVE");
    eprintln!("put right after {:?}", killed.elapsed());
    assert!(
        killed.elapsed() < Duration::from_secs(15),
        "{:?}",
        killed.elapsed()
    );
    assert_eq!(broadcast.end(&other)["videoRoomState"], "ENDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_again_puts_its_own_right_before_it_is_ready() {
    let database = Database::new();
    let url = migrated(&database);
    let mut one = node(&url, "one").start();
    let broadcast = Broadcast::prepare(&one);
    let encoder = Encoder::start(&one, &broadcast.secret).await;
    Broadcast::wait_for_key(&one, "ACTIVE");
    one.crash();
    drop(encoder);
    let again = node(&url, "one").start();
    let key = again.call("GET", "/members/alice/stream-key", None).expect(200);
    assert_eq!(key["streamKeyState"], "INACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_whose_process_was_away_for_longer_than_its_lease_goes_on() {
    let database = Database::new();
    let Pair { one, other } = Pair::on(&database);
    let broadcast = Broadcast::prepare(&one);
    let encoder = Encoder::start(&one, &broadcast.secret).await;
    Broadcast::wait_for_key(&one, "ACTIVE");
    broadcast.start(&other);

    one.signal("STOP");
    broadcast.wait_for_room(&other, "LIVE_INACTIVE");
    one.signal("CONT");
    broadcast.wait_for_room(&other, "LIVE");
    Broadcast::wait_for_key(&other, "ACTIVE_LIVE");
    assert!(encoder.publishes());
    drop(encoder);
    broadcast.wait_for_room(&other, "LIVE_INACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_whose_key_was_taken_while_its_process_was_away_is_sent_off() {
    let database = Database::new();
    let Pair { one, other } = Pair::on(&database);
    let broadcast = Broadcast::prepare(&one);
    let slept = Encoder::start(&one, &broadcast.secret).await;
    Broadcast::wait_for_key(&one, "ACTIVE");

    one.signal("STOP");
    Broadcast::wait_for_key(&other, "INACTIVE");
    let encoder = Encoder::start(&other, &broadcast.secret).await;
    Broadcast::wait_for_key(&other, "ACTIVE");
    one.signal("CONT");
    wait_until("the one that slept is sent off", || {
        (!slept.publishes()).then_some(())
    });
    assert!(encoder.publishes());
    Broadcast::wait_for_key(&one, "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_name_was_taken_while_it_was_away_ends() {
    let database = Database::new();
    let url = migrated(&database);
    let mut old = node(&url, "one").start();
    let broadcast = Broadcast::prepare(&old);
    let encoder = Encoder::start(&old, &broadcast.secret).await;
    Broadcast::wait_for_key(&old, "ACTIVE");
    old.signal("STOP");
    let new = node(&url, "one").start();
    Broadcast::wait_for_key(&new, "INACTIVE");
    old.signal("CONT");
    assert_eq!(old.wait().code(), Some(1));
    assert!(
        old.log().contains("another process has taken the name"),
        "{}",
        old.log()
    );
    wait_until("its publisher is sent off", || {
        (!encoder.publishes()).then_some(())
    });
    new.get(&format!("{}/readyz", new.http)).expect(200);
    let _encoder = Encoder::start(&new, &broadcast.secret).await;
    Broadcast::wait_for_key(&new, "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_taken_for_dead_after_an_outage_of_the_database() {
    let mut server = Server::start(&[], |_| ());
    let database = server.database();
    let Pair { one, other } = Pair::on(&database);
    let broadcast = Broadcast::prepare(&one);
    let encoder = Encoder::start(&one, &broadcast.secret).await;
    Broadcast::wait_for_key(&one, "ACTIVE");

    server.stop();
    tokio::time::sleep(LEASE * 3).await;
    server.restart();
    for platform in [&one, &other] {
        wait_until("the process is ready again", || {
            (platform.get(&format!("{}/readyz", platform.http)).status == 200).then_some(())
        });
    }
    wait_until_both_may_judge(&database, LEASE * 2);
    assert!(encoder.publishes());
    Broadcast::wait_for_key(&other, "ACTIVE");
    assert!(!key_was_lost(&other));
}
