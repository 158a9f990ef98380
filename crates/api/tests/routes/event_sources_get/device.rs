//! One that listens.

use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::http::Request;

/// A device that listens: what it is sent, taken apart as far as it has come.
pub(super) struct Device {
    pub(super) stream: TcpStream,
    pub(super) head: String,
    /// Bytes whose chunk is not whole.
    pub(super) raw: Vec<u8>,
    pub(super) text: String,
    pub(super) ended: bool,
}

/// One block of lines.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) id: Option<i64>,
    pub(super) data: Option<Value>,
    pub(super) retry: bool,
}

impl Device {
    pub(super) async fn connect(request: Request) -> Self {
        let mut device = Self {
            stream: request.begin().await,
            head: String::new(),
            raw: Vec::new(),
            text: String::new(),
            ended: false,
        };
        while !contains(&device.raw, b"\r\n\r\n") {
            assert!(device.read().await, "no head: {:?}", device.raw);
        }
        let end = device.raw.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        device.head = String::from_utf8(device.raw.drain(..end).collect()).unwrap();
        assert!(device.head.starts_with("HTTP/1.1 200"), "{}", device.head);
        device.take_chunks();
        device
    }

    pub(super) async fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let read = timeout(Duration::from_secs(10), self.stream.read(&mut bytes));
        let count = read.await.expect("nothing came").unwrap_or(0);
        self.raw.extend_from_slice(&bytes[..count]);
        count > 0
    }

    fn take_chunks(&mut self) {
        while let Some(line) = self.raw.windows(2).position(|w| w == b"\r\n") {
            let size = std::str::from_utf8(&self.raw[..line]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            if self.raw.len() < line + 2 + size + 2 {
                return;
            }
            self.ended = size == 0;
            self.text
                .push_str(std::str::from_utf8(&self.raw[line + 2..line + 2 + size]).unwrap());
            self.raw.drain(..line + 2 + size + 2);
        }
    }

    /// The next block, and `None` at an end in order.
    pub(super) async fn block(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let mut lines = block.lines();
                    lines.find_map(|line| Some(line.strip_prefix(name)?.to_owned()))
                };
                return Some(Block {
                    id: field("id: ").map(|id| id.parse().unwrap()),
                    data: field("data: ").map(|data| serde_json::from_str(&data).unwrap()),
                    retry: field("retry: ").is_some(),
                });
            }
            if self.ended {
                return None;
            }
            assert!(self.read().await, "cut off: {:?}", self.text);
            self.take_chunks();
        }
    }

    /// The number and the data of the next event.
    pub(super) async fn event(&mut self) -> (i64, Value) {
        loop {
            let block = self.block().await.expect("the end");
            if let Some(data) = block.data {
                return (block.id.unwrap(), data);
            }
        }
    }

    /// What each event is about until a room of this state, that one included.
    pub(super) async fn until(&mut self, room: &str, state: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let (_, data) = self.event().await;
            let change = &data["customData"];
            let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
            heard.push(match text("type").as_str() {
                "VIDEO_ROOM" => format!("room {} {}", text("videoRoomId"), text("videoRoomState")),
                _ => format!("key {} {}", text("streamKeyId"), text("streamKeyState")),
            });
            if heard.last().unwrap() == &format!("room {room} {state}") {
                return heard;
            }
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
