//! What is logged of a request, and what never is.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::world::{KEYS, MEMBERS, ROOMS, World};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_one_line_with_its_route_app_and_status_a_change_another_and_nothing_is_secret() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(lines.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let world = World::new().await;
    let (_, playback, _publisher) = world.on_air("PUBLIC").await;
    let id = "log-test-api";
    let path = format!("{MEMBERS}/1/stream-key?token=hunter2");
    let answer = world.get(&path).header("x-request-id", id).send().await;
    assert_eq!(answer.status, 200);
    let missing = world
        .bare("PUT", MEMBERS)
        .header("x-request-id", "log-test-error")
        .send()
        .await;
    assert_eq!(missing.status, 405);
    let playlist = format!("/live/{playback}/index.m3u8?streamingToken=hunter2");
    world
        .bare("GET", &playlist)
        .header("x-request-id", "log-test-play")
        .send()
        .await;

    let (room, _, _second) = audited(&world).await;

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let of = |id: &str| -> Vec<serde_json::Value> {
        text.lines()
            .filter(|line| line.contains(id))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let api = of(id);
    assert_eq!(api.len(), 1, "{text}");
    let span = &api[0]["span"];
    assert_eq!(api[0]["level"], "INFO");
    assert_eq!(span["method"], "GET");
    assert_eq!(
        api[0]["fields"]["route"],
        "/v2/apps/me/members/{appUserId}/stream-key"
    );
    assert_eq!(
        (&span["app"], &api[0]["fields"]["status"]),
        (&1.into(), &200.into())
    );
    assert_eq!(
        of("log-test-error")[0]["span"]["error"],
        "UNSUPPORTED_HTTP_METHOD"
    );
    let played = of("log-test-play");
    assert_eq!(played[0]["level"], "DEBUG");
    assert_eq!(played[0]["fields"]["route"], "/live/{playbackId}/{resource:.*}");
    let audit: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["target"] == "audit")
        .collect();
    told(&audit, &room);
    for secret in [
        "hunter2",
        "secret1",
        "streamkey0",
        "a2V5MTpzZWNyZXQx",
        playback.as_str(),
    ] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

/// Changes everything that is audited, each by a request with an id that says what it does.
async fn audited(world: &World) -> (String, String, adapters::scripted::Publisher) {
    let send = async |request: crate::http::Request, id: &str, status: u16| {
        let answer = request.header("x-request-id", id).send().await;
        assert_eq!(answer.status, status, "{id}: {answer:?}");
        answer
    };
    let member = r#"{"appUserId":"2"}"#;
    world.post(MEMBERS).json(member).send().await;
    let made = r#"{"appUserId":"2","type":"BROADCAST_RTMP","scheduledAt":"2022-10-19T23:59:59Z"}"#;
    let made = send(world.post(ROOMS).json(made), "audit-made", 201).await;
    let room = made.json()["id"].to_string();
    let path = format!("{ROOMS}/{room}");
    let otherwise = r#"{"title":"Bar Video Room","accessLevel":"RESTRICTED"}"#;
    send(world.patch(&path).json(otherwise), "audit-described", 200).await;
    let listed = format!("{path}/whitelist/1");
    send(world.put(&listed), "audit-listed", 204).await;
    send(world.delete(&listed), "audit-unlisted", 204).await;
    let key = world.get(&format!("{MEMBERS}/2/stream-key")).send().await.json();
    let key = format!("{KEYS}/{}", key["id"]);
    send(world.post(&format!("{key}/reissue")), "audit-reissued", 200).await;
    let publisher = world.publisher_of("2").await;
    let state = |state: &str| format!("{path}/rtmp-broadcast/state/{state}");
    send(world.post(&state("live")), "audit-started", 200).await;
    publisher.leaves();
    world.until_key_of("2", "INACTIVE_LIVE").await;
    send(
        world.post(&format!("{key}/force-terminate")),
        "audit-terminated",
        204,
    )
    .await;
    send(world.delete(&path), "audit-deleted", 204).await;
    send(world.delete(&format!("{MEMBERS}/2")), "audit-member", 204).await;
    (room, key, publisher)
}

/// Each of these changes has its line, which says who and what.
fn told(audit: &[serde_json::Value], room: &str) {
    for (id, what) in [
        (
            "audit-made",
            serde_json::json!({"video_room": room, "to": "SCHEDULED"}),
        ),
        (
            "audit-described",
            serde_json::json!({"video_room": room, "fields": "title,accessLevel"}),
        ),
        (
            "audit-listed",
            serde_json::json!({"video_room": room, "member": "1", "done": "added"}),
        ),
        (
            "audit-unlisted",
            serde_json::json!({"video_room": room, "member": "1", "done": "removed"}),
        ),
        (
            "audit-reissued",
            serde_json::json!({"stream_key": "2", "done": "reissued"}),
        ),
        (
            "audit-started",
            serde_json::json!({"video_room": room, "from": "SCHEDULED", "to": "LIVE"}),
        ),
        (
            "audit-terminated",
            serde_json::json!({"stream_key": "2", "done": "force-terminated"}),
        ),
        (
            "audit-terminated",
            serde_json::json!({"video_room": room, "from": "LIVE_INACTIVE", "to": "ENDED"}),
        ),
        (
            "audit-deleted",
            serde_json::json!({"video_room": room, "from": "ENDED", "to": "DELETED"}),
        ),
        ("audit-member", serde_json::json!({"member": "2"})),
    ] {
        let fits = |line: &&serde_json::Value| {
            let mut wanted = what.as_object().unwrap().iter();
            line["span"]["id"] == id && wanted.all(|(name, value)| line["fields"][name] == *value)
        };
        let line = audit.iter().find(fits);
        let line = line.unwrap_or_else(|| panic!("{id} {what} is not told: {audit:?}"));
        assert_eq!(
            (&line["level"], &line["fields"]["by"]),
            (&"INFO".into(), &"app".into())
        );
        assert_eq!(
            (&line["fields"]["app"], &line["span"]["app"], &line["span"]["key"]),
            (&"1".into(), &1.into(), &"key1".into())
        );
    }
    let mut changes = audit.iter().map(|line| &line["fields"]);
    let lost = changes.find(|change| {
        (&change["video_room"], &change["from"], &change["to"])
            == (&room.into(), &"LIVE".into(), &"LIVE_INACTIVE".into())
    });
    let lost = lost.expect("the loss of the publisher is told");
    let by = lost["by"].as_str().unwrap();
    assert!(by.starts_with("session "), "{by}");
}
