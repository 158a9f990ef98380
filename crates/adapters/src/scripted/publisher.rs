//! A publisher that a test moves.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::{SessionId, StreamKeySecret};
use ports::media::{
    Cause, Grant, Health, IngestSession, MediaError, PublishRequest, Refusal, SessionFact, Silence,
};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout};

use super::Shared;

/// What became of a publisher that knocked.
#[derive(Debug)]
pub enum Verdict {
    /// It was let in.
    Accepted(Publisher),
    /// It was refused for this reason.
    Rejected(Refusal),
    /// It was dropped without a word.
    Ignored,
}

/// A publisher at the door.
pub struct Knock(oneshot::Receiver<Result<Publisher, Refusal>>);

impl Knock {
    pub(super) fn new(told: oneshot::Receiver<Result<Publisher, Refusal>>) -> Self {
        Self(told)
    }

    /// Waits for the verdict.
    pub async fn verdict(self) -> Verdict {
        match self.0.await {
            Ok(Ok(publisher)) => Verdict::Accepted(publisher),
            Ok(Err(refusal)) => Verdict::Rejected(refusal),
            Err(_) => Verdict::Ignored,
        }
    }

    /// Waits to be let in.
    ///
    /// # Panics
    /// When it is not: a test that calls this expects to be let in.
    pub async fn accepted(self) -> Publisher {
        match self.verdict().await {
            Verdict::Accepted(publisher) => publisher,
            refused => panic!("expected to be let in, was {refused:?}"),
        }
    }
}

/// A publisher that was let in, in the hands of the test.
#[derive(Debug)]
pub struct Publisher {
    grant: Grant,
    track: Arc<Track>,
}

impl Publisher {
    /// The session that it is.
    pub fn session(&self) -> SessionId {
        self.grant.session
    }

    /// The session whose broadcast it goes on with.
    pub fn previous(&self) -> Option<SessionId> {
        self.grant.previous
    }

    /// Its first segment is complete.
    pub fn becomes_playable(&self) {
        self.track.facts.send_replace(SessionFact::Playable);
    }

    /// It sends a message that changes nothing but that it speaks.
    pub fn speaks(&self) {
        self.track.spoken.send_replace(Instant::now());
    }

    /// Its stream does like this from now on; without, another process is the one that knows.
    pub fn does(&self, health: Option<Health>) {
        *self.track.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    /// Waits until it is gone, by whosever wish.
    pub async fn is_gone(&self) {
        self.track.is_gone().await;
    }

    /// It closes its connection.
    pub fn leaves(&self) {
        self.track.leave(None);
    }

    /// Its media can't be taken any further.
    pub fn fails(&self, reason: &str) {
        self.track.leave(Some(reason.to_owned()));
    }
}

/// What both ends know of one publisher.
#[derive(Debug)]
pub(super) struct Track {
    facts: watch::Sender<SessionFact>,
    /// When it last said something.
    spoken: watch::Sender<Instant>,
    held: AtomicBool,
    cause: Mutex<Option<Cause>>,
    health: Mutex<Option<Health>>,
}

impl Track {
    fn new() -> Self {
        Self {
            facts: watch::Sender::new(SessionFact::Connected),
            spoken: watch::Sender::new(Instant::now()),
            held: AtomicBool::new(true),
            cause: Mutex::new(None),
            health: Mutex::new(Some(Health::default())),
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }

    pub(super) fn cause(&self) -> Option<Cause> {
        *self.cause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn health(&self) -> Option<Health> {
        let gone = matches!(*self.facts.borrow(), SessionFact::Gone { .. });
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.clone().filter(|_| !gone)
    }

    pub(super) fn send_off(&self, cause: Cause) {
        self.cause
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(cause);
        self.leave(None);
    }

    pub(super) fn leave(&self, failure: Option<String>) {
        self.facts.send_if_modified(|fact| {
            let here = !matches!(fact, SessionFact::Gone { .. });
            if here {
                *fact = SessionFact::Gone { failure };
            }
            here
        });
    }

    async fn is_gone(&self) {
        let mut facts = self.facts.subscribe();
        // It fails only once nobody could move the publisher any more, and this one can.
        let _ = facts
            .wait_for(|fact| matches!(fact, SessionFact::Gone { .. }))
            .await;
    }

    pub(super) fn silent_for(&self) -> Option<Duration> {
        let here = !matches!(*self.facts.borrow(), SessionFact::Gone { .. });
        here.then(|| self.spoken.borrow().elapsed())
    }

    pub(super) async fn await_silence(&self, patience: Duration) -> Silence {
        let mut spoken = self.spoken.subscribe();
        tokio::select! {
            biased;
            () = self.is_gone() => Silence::Gone,
            _ = spoken.changed() => Silence::Spoke,
            _ = timeout(patience, std::future::pending::<()>()) => Silence::Silent,
        }
    }
}

pub(super) struct Request {
    key: StreamKeySecret,
    verdict: oneshot::Sender<Result<Publisher, Refusal>>,
    shared: Arc<Shared>,
}

impl Request {
    pub(super) fn new(
        key: StreamKeySecret,
        verdict: oneshot::Sender<Result<Publisher, Refusal>>,
        shared: Arc<Shared>,
    ) -> Self {
        Self { key, verdict, shared }
    }
}

#[async_trait]
impl PublishRequest for Request {
    fn stream_key(&self) -> &StreamKeySecret {
        &self.key
    }

    fn peer(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 1))
    }

    async fn accept(self: Box<Self>, grant: Grant) -> Result<Box<dyn IngestSession>, MediaError> {
        if *self.shared.closing.borrow() {
            return Err(MediaError::Gone);
        }
        let track = Arc::new(Track::new());
        self.shared.sessions().insert(grant.session, Arc::clone(&track));
        let session = Session {
            id: grant.session,
            facts: track.facts.subscribe(),
            told: false,
            track: Arc::clone(&track),
        };
        self.verdict
            .send(Ok(Publisher { grant, track }))
            .map_err(|_| MediaError::Gone)?;
        Ok(Box::new(session))
    }

    async fn reject(self: Box<Self>, refusal: Refusal) -> Result<(), MediaError> {
        self.verdict.send(Err(refusal)).map_err(|_| MediaError::Gone)
    }
}

struct Session {
    id: SessionId,
    facts: watch::Receiver<SessionFact>,
    told: bool,
    track: Arc<Track>,
}

#[async_trait]
impl IngestSession for Session {
    fn id(&self) -> SessionId {
        self.id
    }

    async fn changed(&mut self) -> SessionFact {
        if self.told && self.facts.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.told = true;
        self.facts.borrow_and_update().clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.track.held.store(false, Ordering::SeqCst);
    }
}
