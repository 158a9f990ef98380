//! What is logged of a request, and what never is.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::world::{MEMBERS, World};

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
async fn a_request_is_one_line_with_its_route_app_and_status_and_nothing_secret() {
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
    assert_eq!(span["route"], "/v2/apps/me/members/{appUserId}/stream-key");
    assert_eq!((&span["app"], &span["status"]), (&1.into(), &200.into()));
    assert_eq!(
        of("log-test-error")[0]["span"]["error"],
        "UNSUPPORTED_HTTP_METHOD"
    );
    let played = of("log-test-play");
    assert_eq!(played[0]["level"], "DEBUG");
    assert_eq!(played[0]["span"]["route"], "/live/{playbackId}/{resource:.*}");
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
