//! How long it takes from a publisher's sending the first picture of a part to a player's being told of the part.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::publishers::Sent;
use crate::viewers::{Connection, Next, body, newest_duration, newest_part, text};

/// Ticks of video in a millisecond.
const TICKS: u64 = 90;

/// One watcher a broadcast, until this is dropped.
pub struct Watchers {
    tasks: JoinSet<Result<()>>,
    beyond: Arc<Mutex<Vec<Duration>>>,
}

impl Watchers {
    /// Watches the pictures of each broadcast: its path (`/live/ID/`), and when its publisher sent what.
    pub fn start(address: &str, broadcasts: impl IntoIterator<Item = (String, Sent)>) -> Self {
        let mut tasks = JoinSet::new();
        let beyond = Arc::new(Mutex::default());
        for (path, sent) in broadcasts {
            tasks.spawn(watch(address.to_owned(), path, sent, Arc::clone(&beyond)));
        }
        Self { tasks, beyond }
    }

    /// The end of a watcher, which is a failure.
    pub async fn ended(&mut self) -> Result<()> {
        match self.tasks.join_next().await {
            Some(ended) => ended?.context("a watcher was cut off"),
            None => std::future::pending().await,
        }
    }

    /// For each part that was named since the last call: how long after its first picture was sent that was, beyond the
    /// part's own duration.
    pub fn beyond(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.beyond.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn watch(address: String, path: String, sent: Sent, beyond: Arc<Mutex<Vec<Duration>>>) -> Result<()> {
    let mut connection = Connection::open(&address).await?;
    let mut playlist = Vec::new();
    let mut part = Vec::new();
    let url = format!("{path}video.m3u8");
    connection.get(&mut playlist, &url).await?;
    loop {
        let next = Next::of(text(&playlist)?)?;
        let reload = format!("{url}?_HLS_msn={}&_HLS_part={}", next.msn, next.part);
        connection.get(&mut playlist, &reload).await?;
        let named = tokio::time::Instant::now();
        let text = text(&playlist)?;
        let name = newest_part(text).context("a playlist without parts")?;
        let duration = newest_duration(text).context("a part without a duration")?;
        connection.get(&mut part, &format!("{path}{name}")).await?;
        let first = decode_time(body(&part)?).context("a part without a decoding time")?;
        let at = u32::try_from((first + TICKS / 2) / TICKS)?;
        let sent = sent
            .when(at)
            .with_context(|| format!("nothing was sent at {at} ms"))?;
        let took = named.saturating_duration_since(sent);
        let mut beyond = beyond.lock().unwrap_or_else(PoisonError::into_inner);
        beyond.push(took.saturating_sub(duration));
    }
}

/// The decoding time of a part's first sample: the `tfdt` of version 1 in its only fragment.
fn decode_time(part: &[u8]) -> Option<u64> {
    let place = part.windows(4).position(|kind| kind == b"tfdt")?;
    let time = part.get(place + 8..place + 16)?;
    Some(u64::from_be_bytes(time.try_into().ok()?))
}
