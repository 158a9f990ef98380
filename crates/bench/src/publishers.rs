//! The load generator: any number of publishers from one process, each in real time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use media::MediaKind;
use media::flv::Looped;
use media::rtmp::client::Publisher;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Publishers that run until this is dropped.
pub struct Publishers {
    tasks: JoinSet<Result<()>>,
    sent: Vec<Sent>,
}

/// When a publisher sent each picture: milliseconds since its first one, and the moment.
#[derive(Clone, Default)]
pub struct Sent(Arc<Mutex<Vec<(u32, Instant)>>>);

/// How many pictures are remembered: some ten seconds.
const REMEMBERED: usize = 300;

impl Sent {
    fn note(&self, at: u32, now: Instant) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= 2 * REMEMBERED {
            sent.drain(..REMEMBERED);
        }
        sent.push((at, now));
    }

    /// When the picture was sent that is so many milliseconds after the first one.
    pub fn when(&self, at: u32) -> Option<Instant> {
        let sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut near = sent.iter().rev().filter(|(other, _)| other.abs_diff(at) <= 2);
        near.next().map(|(_, when)| *when)
    }
}

impl Publishers {
    /// Publishes the clip to each address in real time; the publishers begin spread over one GOP, as in the field.
    /// Returns when all are let in.
    pub async fn start(addresses: &[String], clip: &Looped) -> Result<Self> {
        let mut tasks = JoinSet::new();
        let sent: Vec<_> = addresses.iter().map(|_| Sent::default()).collect();
        let began = Instant::now();
        let count = u32::try_from(addresses.len())
            .context("too many publishers")?
            .max(1);
        for ((at, address), sent) in (0..).zip(addresses).zip(&sent) {
            let publisher = Publisher::connect(address)
                .await
                .with_context(|| format!("publisher {at} was not let in"))?;
            let start = began + Duration::from_secs(2) / count * at;
            tasks.spawn(publish(publisher, clip.clone(), start, sent.clone()));
        }
        Ok(Self { tasks, sent })
    }

    /// When each publisher sent its pictures, in the order of their addresses.
    pub fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// Waits for as long, and fails as soon as a publisher does.
    pub async fn run_for(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        tokio::select! {
            () = sleep_until(end) => Ok(()),
            Some(ended) = self.tasks.join_next() => ended?.context("a publisher was sent off"),
        }
    }
}

async fn publish(mut publisher: Publisher, clip: Looped, start: Instant, sent: Sent) -> Result<()> {
    let mut origin = None;
    let mut first_picture = None;
    for media in clip {
        let origin = *origin.get_or_insert(media.timestamp);
        let due = start + Duration::from_millis(u64::from(media.timestamp.wrapping_sub(origin)));
        if due > Instant::now() {
            publisher.flush().await?;
            sleep_until(due).await;
        }
        if media.kind == MediaKind::Video {
            let first = *first_picture.get_or_insert(media.timestamp);
            sent.note(media.timestamp.wrapping_sub(first), Instant::now());
        }
        publisher.queue(&media);
    }
    Ok(publisher.close().await?)
}
