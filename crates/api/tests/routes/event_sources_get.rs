//! `GET /v2/members/me/event-sources`.

mod device;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;

use self::device::Device;
use crate::http::Request;
use crate::json::pretty;
use crate::world::{MEMBERS, OTHER_APP, ROOMS, World};

const PATH: &str = "/v2/members/me/event-sources";

impl World {
    async fn access_token(&self, member: &str) -> String {
        let body = json!({ "appUserId": member }).to_string();
        let login = self.post(&format!("{MEMBERS}/login")).json(body).send().await;
        login.json()["accessToken"].as_str().unwrap().to_owned()
    }

    async fn guest_token(&self) -> String {
        let login = self.post(&format!("{MEMBERS}/login-as-guest")).send().await;
        login.json()["accessToken"].as_str().unwrap().to_owned()
    }

    fn listening(&self, token: &str) -> Request {
        self.bare("GET", PATH)
            .header("authorization", &format!("Bearer {token}"))
    }

    /// A device of that member, which is connected.
    async fn device(&self, member: &str) -> Device {
        let token = self.access_token(member).await;
        Device::connect(self.listening(&token)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcaster_hears_of_its_key_and_its_room_as_the_contract_has_it() {
    let world = World::new().await;
    world.member().await;
    let mut device = world.device("1").await;
    let first = device.block().await.unwrap();
    assert!(first.retry && first.data.is_none());
    assert_eq!(first.id, Some(0), "where to resume, before anything is heard");
    let (_room, _, _publisher) = world.on_air("PUBLIC").await;
    let mut told = Vec::new();
    for sequence in 1..=5 {
        let (id, data) = device.event().await;
        assert_eq!(id, sequence);
        told.push(data);
    }
    insta::assert_snapshot!(pretty(&Value::from(told).to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hears_of_the_rooms_that_it_may_watch_and_of_no_others() {
    let world = World::new().await;
    for member in ["1", "2", "3"] {
        world.access_token(member).await;
    }
    let restricted = world.room_of_level("RESTRICTED").await;
    let listed = world.put(&format!("{restricted}/whitelist/2")).send().await;
    assert_eq!(listed.status, 204);
    let guest = world.guest_token().await;
    let mut devices = [
        ("owner", world.device("1").await),
        ("listed", world.device("2").await),
        ("member", world.device("3").await),
        ("guest", Device::connect(world.listening(&guest)).await),
    ];
    let cancelled = world
        .post(&format!("{restricted}/rtmp-broadcast/state/cancelled"))
        .send()
        .await;
    assert_eq!(cancelled.status, 200);
    for level in ["PRIVATE", "FRIEND", "FOLLOWER", "MEMBER", "APP", "PUBLIC"] {
        world.room_of_level(level).await;
    }
    let told = |rooms: &[u8]| -> Vec<String> {
        let mut told: Vec<_> = rooms
            .iter()
            .map(|room| format!("room {room} SCHEDULED"))
            .collect();
        if rooms.first() == Some(&1) {
            "room 1 CANCELLED".clone_into(&mut told[0]);
        }
        told
    };
    for (who, device) in &mut devices {
        let expected = match *who {
            "owner" => told(&[1, 2, 3, 4, 5, 6, 7]),
            "listed" => told(&[1, 5, 6, 7]),
            "member" => told(&[5, 6, 7]),
            _ => told(&[6, 7]),
        };
        assert_eq!(device.until("7", "SCHEDULED").await, expected, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_of_another_apps_rooms() {
    let world = World::new().await;
    world.member().await;
    let body = r#"{"appUserId":"1"}"#;
    let other = world
        .bare("POST", &format!("{MEMBERS}/login"))
        .header("authorization", OTHER_APP)
        .json(body)
        .send()
        .await;
    let token = other.json()["accessToken"].as_str().unwrap().to_owned();
    let mut device = Device::connect(world.listening(&token)).await;
    world.room().await;
    let room = r#"{"appUserId":"1","type":"WEBINAR"}"#;
    let made = world
        .bare("POST", ROOMS)
        .header("authorization", OTHER_APP)
        .json(room)
        .send()
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(device.until("2", "ACTIVE").await, ["room 2 ACTIVE"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_hears_what_it_has_missed_once_and_in_order() {
    let world = World::new().await;
    world.member().await;
    let token = world.access_token("1").await;
    for _ in 0..3 {
        world.room().await;
    }
    for (name, path) in [
        ("last-event-id", PATH.to_owned()),
        ("", format!("{PATH}?Last-Event-ID=1")),
        ("", format!("{PATH}?lastEventId=1")),
    ] {
        let mut request = world
            .bare("GET", &path)
            .header("authorization", &format!("bearer {token}"));
        if !name.is_empty() {
            request = request.header(name, "1");
        }
        let mut device = Device::connect(request).await;
        assert_eq!(device.block().await.unwrap().id, Some(1));
        assert_eq!((device.event().await.0, device.event().await.0), (2, 3), "{path}");
    }
    // The same while others listen already.
    let mut fresh = world.device("1").await;
    assert_eq!(fresh.block().await.unwrap().id, Some(3));
    let mut back = Device::connect(world.listening(&token).header("last-event-id", "0")).await;
    world.room().await;
    for sequence in 1..=4 {
        assert_eq!(back.event().await.0, sequence);
    }
    assert_eq!(fresh.event().await.0, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_read_once_however_many_listen() {
    let world = World::new().await;
    world.member().await;
    let room = world.room_of_level("RESTRICTED").await;
    let mut devices = Vec::new();
    for number in 0..40 {
        let member = format!("m{number}");
        let token = world.access_token(&member).await;
        world.put(&format!("{room}/whitelist/{member}")).send().await;
        devices.push(Device::connect(world.listening(&token)).await);
    }
    let before = world.reads();
    world
        .post(&format!("{room}/rtmp-broadcast/state/cancelled"))
        .send()
        .await;
    for device in &mut devices {
        assert_eq!(device.until("1", "CANCELLED").await, ["room 1 CANCELLED"]);
    }
    let reads = world.reads() - before;
    assert!(reads < 20, "{reads} reads for 40 who listen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_good_access_token_opens_it() {
    let world = World::new().await;
    world.member().await;
    let login = world
        .post(&format!("{MEMBERS}/login"))
        .json(r#"{"appUserId":"9"}"#)
        .send()
        .await
        .json();
    let bearer = |token: &str| format!("Bearer {token}");
    let of = |name: &str| bearer(login[name].as_str().unwrap());
    let app = world.post("/v2/apps/me/streaming-tokens").send().await.json();
    let good = of("accessToken");
    let mut wrong = vec![
        (String::new(), "EMPTY_ACCESS_TOKEN"),
        ("Basic a2V5MTpzZWNyZXQx".to_owned(), "EMPTY_ACCESS_TOKEN"),
        (bearer("x"), "INVALID_ACCESS_TOKEN"),
        (bearer(""), "INVALID_ACCESS_TOKEN"),
        (of("refreshToken"), "INVALID_ACCESS_TOKEN"),
        (of("streamingToken"), "INVALID_ACCESS_TOKEN"),
        (
            bearer(app["streamingToken"].as_str().unwrap()),
            "INVALID_ACCESS_TOKEN",
        ),
    ];
    let deleted = world.delete(&format!("{MEMBERS}/9")).send().await;
    assert_eq!(deleted.status, 204);
    wrong.push((good, "INVALID_ACCESS_TOKEN"));
    for (header, code) in wrong {
        let refused = world
            .bare("GET", PATH)
            .header("authorization", &header)
            .send()
            .await;
        assert_eq!(
            (refused.status, refused.error_code().as_str()),
            (401, code),
            "{header}"
        );
        assert!(
            refused
                .header("www-authenticate")
                .starts_with("Bearer realm=\"VideoRoom members\"")
        );
        assert_eq!(refused.header("access-control-allow-origin"), "*");
    }
    let none = world.bare("GET", PATH).send().await;
    assert_eq!(none.error_code(), "EMPTY_ACCESS_TOKEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_to_resume_from_must_be_that_of_an_event() {
    let world = World::new().await;
    world.member().await;
    world.room().await;
    let token = world.access_token("1").await;
    for sent in ["x", "-1", "2", "1.0", "99999999999999999999"] {
        let refused = world.listening(&token).header("last-event-id", sent).send().await;
        assert_eq!(
            (refused.status, refused.error_code().as_str()),
            (400, "INVALID_REQUEST_PARAMETER"),
            "{sent}"
        );
    }
    let blank = Device::connect(world.listening(&token).header("last-event-id", " ")).await;
    drop(blank);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_of_any_site_may_listen_and_proxies_pass_it_on_at_once() {
    let world = World::new().await;
    let preflight = world
        .bare("OPTIONS", PATH)
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization,last-event-id")
        .send()
        .await;
    assert_eq!((preflight.status, preflight.body.len()), (204, 0));
    let allowed = preflight.header("access-control-allow-headers");
    assert!(allowed.contains("Authorization") && allowed.contains("Last-Event-ID"));
    let token = world.access_token("1").await;
    let device = Device::connect(world.listening(&token)).await;
    for line in [
        "content-type: text/event-stream",
        "cache-control: no-store, no-transform",
        "x-accel-buffering: no",
        "access-control-allow-origin: *",
        "transfer-encoding: chunked",
    ] {
        assert!(device.head.contains(line), "{line} in {}", device.head);
    }
    let head = world
        .bare("HEAD", PATH)
        .header("authorization", &format!("Bearer {token}"))
        .send()
        .await;
    assert_eq!(
        (head.status, head.header("content-type"), head.body.len()),
        (200, "text/event-stream", 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_listen_are_let_go_in_order_when_the_server_stops() {
    let world = World::new().await;
    let mut device = world.device("1").await;
    device.block().await.unwrap();
    world.state.stop();
    assert!(device.block().await.is_none(), "the last chunk is sent");
    let stopped = timeout(Duration::from_secs(8), world.server.stop(true)).await;
    assert!(stopped.is_ok(), "the server waits for those who listen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_on_the_whitelist_hears_that_a_room_on_air_was_deleted() {
    let world = World::new().await;
    world.member().await;
    world.access_token("2").await;
    world.access_token("3").await;
    let (room, _, _publisher) = world.on_air("RESTRICTED").await;
    let listed = world.put(&format!("{room}/whitelist/2")).send().await;
    assert_eq!(listed.status, 204);
    let mut devices = [world.device("2").await, world.device("3").await];
    assert_eq!(world.delete(&room).send().await.status, 204);
    world.room().await;
    let told = devices[0].until("2", "SCHEDULED").await;
    assert_eq!(told, ["room 1 ENDED", "room 2 SCHEDULED"]);
    assert_eq!(devices[1].until("2", "SCHEDULED").await, ["room 2 SCHEDULED"]);
    // Also who comes back after that.
    let token = world.access_token("2").await;
    let back = world.listening(&token).header("last-event-id", "0");
    let told = Device::connect(back).await.until("2", "SCHEDULED").await;
    assert!(told.contains(&"room 1 ENDED".to_owned()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_is_deleted_is_let_go_in_order_and_others_listen_on() {
    let world = World::new().await;
    world.member().await;
    let (mut gone, mut other) = (world.device("2").await, world.device("3").await);
    assert_eq!(world.delete(&format!("{MEMBERS}/2")).send().await.status, 204);
    while gone.block().await.is_some() {}
    world.room().await;
    assert_eq!(other.until("1", "SCHEDULED").await, ["room 1 SCHEDULED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_in_order_when_the_token_expires() {
    let world = World::new().await;
    let early = world.access_token("1").await;
    // Tokens tell their end in whole seconds.
    world.pass(Duration::from_secs(24 * 60 * 60 - 2));
    let mut other = world.device("2").await;
    let begun = Instant::now();
    let mut device = Device::connect(world.listening(&early)).await;
    while device.block().await.is_some() {}
    assert!(begun.elapsed() > Duration::from_secs(1), "{:?}", begun.elapsed());
    world.pass(Duration::from_secs(2));
    let refused = world.listening(&early).send().await;
    assert_eq!(refused.error_code(), "INVALID_ACCESS_TOKEN");
    // Whose token lasts, listens on.
    world.room().await;
    other.until("1", "SCHEDULED").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_listen_than_there_is_room_for() {
    let world = World::with_event_sources(1).await;
    let token = world.access_token("1").await;
    let first = Device::connect(world.listening(&token)).await;
    let refused = world.listening(&token).send().await;
    assert_eq!(
        (
            refused.status,
            refused.error_code().as_str(),
            refused.header("retry-after")
        ),
        (503, "SERVICE_UNAVAILABLE", "1")
    );
    drop(first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_does_not_take_all_the_room() {
    let world = World::new().await;
    let token = world.access_token("1").await;
    let mut devices = Vec::new();
    for _ in 0..16 {
        devices.push(Device::connect(world.listening(&token)).await);
    }
    let refused = world.listening(&token).send().await;
    assert_eq!(
        (
            refused.status,
            refused.error_code().as_str(),
            refused.header("retry-after")
        ),
        (429, "TOO_MANY_REQUESTS", "5")
    );
    let other = world.device("2").await;
    drop((devices, other));
}
