//! Media is at one process, and players and back ends are at another one.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::nodes::Pair;
use crate::postgres_support::Database;
use crate::support::{Platform, wait_until};
use crate::{Broadcast, Encoder, find, migrated, on, playlist};

/// The same address at another process.
pub(crate) fn at(platform: &Platform, url: &str) -> String {
    let (_, path) = url.split_once("/live/").expect("a play URL");
    format!("{}/live/{path}", platform.http)
}

/// A room that is on air at `one`, started through `other`.
async fn on_air(pair: &Pair) -> (Broadcast, Encoder, String) {
    let broadcast = Broadcast::prepare(&pair.one);
    let encoder = Encoder::start(&pair.one, &broadcast.secret).await;
    Broadcast::wait_for_key(&pair.other, "ACTIVE");
    let live = broadcast.start(&pair.other);
    wait_until("there is a segment to play", || {
        playlist(&pair.one, &at(&pair.one, &live))
            .contains("#EXTINF")
            .then_some(())
    });
    (broadcast, encoder, live)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_is_sent_on_to_the_process_that_holds_the_media() {
    let database = Database::new();
    let pair = Pair::on(&database);
    let (broadcast, encoder, live) = on_air(&pair).await;
    let (here, there) = (at(&pair.one, &live), at(&pair.other, &live));

    let sent_on = pair.other.ask(&format!("{there}?x=1"));
    assert_eq!(sent_on.status, 307, "{sent_on:?}");
    let location = sent_on.header("location").expect("an address");
    assert_eq!(location, format!("{here}?x=1&_redirected=1"));
    assert_eq!(sent_on.header("cache-control"), Some("no-store"));
    assert_eq!(sent_on.header("access-control-allow-origin"), Some("*"));
    assert_eq!(pair.one.ask(location).status, 200);
    // This client follows.
    assert!(playlist(&pair.other, &there).contains("#EXTINF"));

    let lost = pair.other.ask(&format!("{there}?_redirected=1"));
    assert_eq!(
        (lost.status, lost.header("retry-after")),
        (503, Some("1")),
        "nobody is sent on twice: {lost:?}"
    );

    let key = pair
        .other
        .call("GET", "/members/alice/stream-key", None)
        .expect(200);
    let preview = key["liveUrl"].as_str().expect("a preview");
    let sent_on = pair.other.ask(&at(&pair.other, preview));
    assert_eq!(sent_on.status, 307, "{sent_on:?}");

    drop(encoder);
    broadcast.wait_for_room(&pair.other, "LIVE_INACTIVE");
    assert_eq!(broadcast.end(&pair.other)["videoRoomState"], "ENDED");
    wait_until("the playlist has its end", || {
        let media = playlist(&pair.other, &there);
        media.contains("#EXT-X-ENDLIST").then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_good_at_every_process() {
    let database = Database::new();
    let pair = Pair::on(&database);
    let (broadcast, _encoder, live) = on_air(&pair).await;
    let closed = json!({"accessLevel": "APP"});
    pair.other
        .call("PATCH", &broadcast.room, Some(closed))
        .expect(200);
    let token = pair.other.call("POST", "/streaming-tokens", None).expect(201);
    let token = find(&token, "streamingToken").expect("a token");
    let there = at(&pair.other, &live);
    wait_until("the room is closed at every process", || {
        (pair.other.ask(&there).status >= 400 && pair.one.ask(&at(&pair.one, &live)).status >= 400)
            .then_some(())
    });

    let granted = pair.other.ask(&format!("{there}?streamingToken={token}"));
    assert_eq!(granted.status, 307, "{granted:?}");
    let granted = granted.header("location").expect("an address").to_owned();
    assert!(granted.contains("/g-"), "{granted}");
    let sent_on = pair.other.ask(&format!("{}{granted}", pair.other.http));
    let location = sent_on.header("location").expect("an address");
    assert_eq!(location, format!("{}{granted}?_redirected=1", pair.one.http));
    assert_eq!(pair.one.ask(location).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn force_terminating_and_deleting_reach_the_publisher_at_another_process_at_once() {
    let database = Database::new();
    let pair = Pair::on(&database);
    let (_broadcast, encoder, live) = on_air(&pair).await;
    assert_eq!(pair.one.ask(&at(&pair.one, &live)).status, 200);
    let key = pair
        .other
        .call("GET", "/members/alice/stream-key", None)
        .expect(200);
    let path = format!("/stream-keys/{}/force-terminate", key["id"]);
    pair.other.call("POST", &path, None).expect(204);
    let asked = Instant::now();
    wait_until("the publisher is sent off", || {
        (!encoder.publishes()).then_some(())
    });
    eprintln!("sent off after {:?}", asked.elapsed());
    wait_until("nothing is played any more", || {
        (pair.one.ask(&at(&pair.one, &live)).status == 404).then_some(())
    });
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());

    let again = Broadcast::of(&pair.one, "bob");
    let encoder = Encoder::start(&pair.one, &again.secret).await;
    let deleted = pair.other.call("DELETE", "/members/bob", None);
    assert!(deleted.status < 300, "{deleted:?}");
    wait_until("the publisher of the deleted member is sent off", || {
        (!encoder.publishes()).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_only_process_does_everything_but_take_publishers() {
    let database = Database::new();
    let url = migrated(&database);
    let media = on(&url).set("node.name", "media").start();
    let api = on(&url).set("node.name", "api").set("rtmp.bind", "off").start();
    assert_eq!(api.rtmp, "off");
    let broadcast = Broadcast::prepare(&api);
    let encoder = Encoder::start(&media, &broadcast.secret).await;
    Broadcast::wait_for_key(&api, "ACTIVE");
    let live = broadcast.start(&api);
    wait_until("there is a segment to play", || {
        playlist(&media, &at(&media, &live))
            .contains("#EXTINF")
            .then_some(())
    });
    assert_eq!(api.ask(&at(&api, &live)).status, 307);
    drop(encoder);
    broadcast.wait_for_room(&api, "LIVE_INACTIVE");
    assert_eq!(broadcast.end(&api)["videoRoomState"], "ENDED");
}
