//! Members' devices listen at one process, and what they hear of is done at another one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::nodes::Pair;
use crate::postgres_support::Database;
use crate::support::Platform;
use crate::{Broadcast, Encoder};

/// A device that listens.
struct Device(BufReader<TcpStream>);

impl Device {
    fn of(platform: &Platform, token: &str) -> Self {
        let address = platform.http.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a socket");
        let request = format!(
            "GET /v2/members/me/event-sources HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("a request");
        let mut device = Self(BufReader::new(stream));
        let first = device.line().expect("an answer");
        assert!(first.starts_with("HTTP/1.1 200"), "{first}");
        // Only then does it listen.
        while !device.line().expect("a first id").starts_with("id: ") {}
        device
    }

    /// The next line, and `None` at the end.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.0.read_line(&mut line).expect("something in time");
        (count > 0).then(|| line.trim_end().to_owned())
    }

    /// What changed next: `STREAM_KEY ACTIVE`, `VIDEO_ROOM LIVE`. `None` at the end.
    fn hears(&mut self) -> Option<String> {
        loop {
            let line = self.line()?;
            if line == "0" {
                return None;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let signal: Value = serde_json::from_str(data).expect("JSON");
                let change = &signal["customData"];
                let state = change["videoRoomState"].as_str();
                let state = state.or(change["streamKeyState"].as_str()).expect("a state");
                return Some(format!("{} {state}", change["type"].as_str().expect("a type")));
            }
        }
    }

    fn until(&mut self, change: &str) {
        while self.hears().expect("the end") != change {}
    }
}

fn access_token(platform: &Platform, member: &str) -> String {
    let tokens = platform.call("POST", "/members/login", Some(json!({ "appUserId": member })));
    tokens.expect(200)["accessToken"]
        .as_str()
        .expect("a token")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_one_process_is_heard_at_another_until_the_member_is_deleted() {
    let database = Database::new();
    let pair = Pair::on(&database);
    let viewer = access_token(&pair.one, "viewer");
    let mut device = Device::of(&pair.other, &viewer);
    let broadcast = Broadcast::prepare(&pair.one);
    assert_eq!(device.hears().as_deref(), Some("VIDEO_ROOM SCHEDULED"));

    let owner = access_token(&pair.one, "alice");
    let mut owner = Device::of(&pair.other, &owner);
    let _encoder = Encoder::start(&pair.one, &broadcast.secret).await;
    owner.until("STREAM_KEY ACTIVE");
    broadcast.start(&pair.one);
    owner.until("VIDEO_ROOM LIVE");
    device.until("VIDEO_ROOM LIVE");

    let deleted = pair.one.call("DELETE", "/members/viewer", None);
    assert_eq!(deleted.status, 204, "{deleted:?}");
    assert_eq!(device.hears(), None, "it ends in order");
}
