//! Players a second behind live: each reloads its playlists by `_HLS_msn` and `_HLS_part`, and takes each part when it
//! is named, on one connection a rendition, as players in browsers do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// What the viewers of one broadcast saw, together.
#[derive(Default)]
pub struct Seen {
    /// When each part was first named to anybody.
    named: Mutex<HashMap<String, Instant>>,
    /// From then to a viewer having it whole.
    taken: Mutex<Vec<Duration>>,
}

/// Viewers that watch until this is dropped.
pub struct Viewers {
    tasks: JoinSet<Result<()>>,
    seen: Arc<Seen>,
}

impl Viewers {
    /// Has `count` viewers watch what is below `path` (`/live/ID/`) at `address`.
    pub fn start(address: &str, path: &str, count: usize) -> Self {
        let mut tasks = JoinSet::new();
        let seen = Arc::new(Seen::default());
        for _ in 0..count {
            for rendition in ["video", "audio"] {
                let player = Player {
                    address: address.to_owned(),
                    path: path.to_owned(),
                    rendition,
                    seen: seen.clone(),
                };
                tasks.spawn(player.watch());
            }
        }
        Self { tasks, seen }
    }

    /// Waits for as long, and fails as soon as a viewer does.
    pub async fn run_for(&mut self, time: Duration) -> Result<()> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            Some(ended) = self.tasks.join_next() => ended?.context("a viewer was cut off"),
        }
    }

    /// What was seen since the last call: for each part and viewer the time from the part's first being named to its
    /// being there.
    pub fn taken(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.seen.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Player {
    address: String,
    path: String,
    rendition: &'static str,
    seen: Arc<Seen>,
}

impl Player {
    async fn watch(self) -> Result<()> {
        let mut connection = Connection::open(&self.address).await?;
        let mut buffer = Vec::with_capacity(128 << 10);
        let playlist = format!("{}{}.m3u8", self.path, self.rendition);
        connection.get(&mut buffer, &playlist).await?;
        loop {
            let next = Next::of(text(&buffer)?)?;
            let reload = format!("{playlist}?_HLS_msn={}&_HLS_part={}", next.msn, next.part);
            connection.get(&mut buffer, &reload).await?;
            let part = newest_part(text(&buffer)?).context("a playlist without parts")?;
            let named = self.name(part);
            let playlist = buffer.clone();
            let part = format!("{}{part}", self.path);
            connection.get(&mut buffer, &part).await?;
            let taken = named.elapsed();
            self.seen
                .taken
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(taken);
            buffer = playlist;
        }
    }

    /// When this part was first named to anybody.
    fn name(&self, part: &str) -> Instant {
        let mut named = self.seen.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = named.get(part) {
            return *at;
        }
        let now = Instant::now();
        named.insert(part.to_owned(), now);
        now
    }
}

/// A player's connection, which stays open.
pub(crate) struct Connection {
    stream: TcpStream,
    address: String,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            address: address.to_owned(),
        })
    }

    /// Reads the whole answer to a GET into `buffer`.
    pub(crate) async fn get(&mut self, buffer: &mut Vec<u8>, path: &str) -> Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.address);
        self.stream.write_all(request.as_bytes()).await?;
        timeout(
            Duration::from_secs(20),
            crate::load::read_answer(&mut self.stream, buffer),
        )
        .await
        .context("no answer within 20 s")?
        .with_context(|| format!("GET {path}"))
    }
}

/// What comes after the end of a playlist.
pub(crate) struct Next {
    pub(crate) msn: u64,
    pub(crate) part: usize,
}

impl Next {
    pub(crate) fn of(playlist: &str) -> Result<Self> {
        let first: u64 = playlist
            .lines()
            .find_map(|line| line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:"))
            .context("no media sequence")?
            .parse()?;
        let mut next = Self { msn: first, part: 0 };
        for line in playlist.lines() {
            if line.starts_with("#EXT-X-PART:") {
                next.part += 1;
            } else if !line.starts_with('#') && !line.is_empty() {
                next.msn += 1;
                next.part = 0;
            }
        }
        Ok(next)
    }
}

pub(crate) fn newest_part(playlist: &str) -> Option<&str> {
    let line = playlist.lines().rfind(|line| line.starts_with("#EXT-X-PART:"))?;
    let (_, uri) = line.split_once("URI=\"")?;
    uri.split_once('"').map(|(uri, _)| uri)
}

/// How long the newest part lasts.
pub(crate) fn newest_duration(playlist: &str) -> Option<Duration> {
    let line = playlist.lines().rfind(|line| line.starts_with("#EXT-X-PART:"))?;
    let (_, seconds) = line.split_once("DURATION=")?;
    let seconds = seconds.split_once(',').map_or(seconds, |(seconds, _)| seconds);
    Duration::try_from_secs_f64(seconds.parse().ok()?).ok()
}

/// The body of an answer that was read whole.
pub(crate) fn body(answer: &[u8]) -> Result<&[u8]> {
    let head = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .context("no header")?;
    Ok(answer.get(head + 4..).unwrap_or_default())
}

/// The same, as the text of a playlist.
pub(crate) fn text(answer: &[u8]) -> Result<&str> {
    let body = body(answer)?;
    ensure!(body.starts_with(b"#EXTM3U"), "not a playlist");
    Ok(std::str::from_utf8(body)?)
}
