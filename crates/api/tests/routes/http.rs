//! A client that sends exactly what a test writes.

use std::fmt::Write as _;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::described;

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// The value of a header, and `""` without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    /// Checks that this is the error envelope and nothing else, and tells its code.
    pub(crate) fn error_code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        let json = self.json();
        let fields: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["errorCode", "errorMessage"]);
        assert!(!json["errorMessage"].as_str().unwrap().is_empty());
        json["errorCode"].as_str().unwrap().to_owned()
    }

    pub(crate) fn error_message(&self) -> String {
        self.json()["errorMessage"].as_str().unwrap().to_owned()
    }
}

/// A request that is being written.
pub(crate) struct Request {
    to: SocketAddr,
    text: String,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(to: SocketAddr, method: &str, path: &str) -> Self {
        let text = format!("{method} {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n");
        Self {
            to,
            text,
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        write!(self.text, "{name}: {value}\r\n").unwrap();
        self
    }

    /// Leaves it to the server to close the connection.
    pub(crate) fn kept_alive(mut self) -> Self {
        self.text = self.text.replace("connection: close\r\n", "");
        self
    }

    /// A body, with its length but without a type.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("content-length", &length)
    }

    pub(crate) fn json(self, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    /// Sends it, and leaves the answer to the caller.
    pub(crate) async fn begin(self) -> TcpStream {
        let mut stream = TcpStream::connect(self.to).await.unwrap();
        let mut bytes = self.text.into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(&bytes).await;
        stream
    }

    /// Sends it, and holds the answer against the API's description.
    pub(crate) async fn send(self) -> Answer {
        let head = self.text.clone();
        let stream = self.begin().await;
        let answer = answer(stream).await;
        described::check(&head, &answer);
        answer
    }
}

/// Reads an answer to its end.
pub(crate) async fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    Answer::parse(&bytes)
}
