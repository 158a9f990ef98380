//! A media server that does what a test tells it: publishers knock, play and leave without a socket.
//!
//! [`MediaServer`] is the port; [`Script`] is the test's end of it. [`Origin`] answers every player with the path
//! that it asked for.

mod origin;
mod publisher;

pub use origin::Origin;
pub use publisher::{Knock, Publisher, Verdict};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::{SessionId, StreamKeySecret};
use ports::media::{Cause, Health, MediaError, PublishRequest, Silence};
use tokio::sync::{mpsc, oneshot, watch};

use publisher::{Request, Track};

/// The application's end.
pub struct MediaServer {
    knocks: tokio::sync::Mutex<mpsc::UnboundedReceiver<Request>>,
    shared: Arc<Shared>,
}

/// The test's end.
#[derive(Clone)]
pub struct Script {
    knocks: Arc<Mutex<Option<mpsc::UnboundedSender<Request>>>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    sessions: Mutex<HashMap<SessionId, Arc<Track>>>,
    closing: watch::Sender<bool>,
}

impl Shared {
    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Track>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self, id: SessionId) -> Option<Arc<Track>> {
        self.sessions().get(&id).cloned()
    }
}

impl MediaServer {
    /// A server with nobody at the door, and the script that sends them.
    pub fn new() -> (Self, Script) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::default());
        let script = Script {
            knocks: Arc::new(Mutex::new(Some(sender))),
            shared: Arc::clone(&shared),
        };
        (
            Self {
                knocks: tokio::sync::Mutex::new(receiver),
                shared,
            },
            script,
        )
    }
}

impl Script {
    /// Has a publisher knock with this key string.
    pub fn knock(&self, key: &StreamKeySecret) -> Knock {
        let (verdict, told) = oneshot::channel();
        let request = Request::new(key.clone(), verdict, Arc::clone(&self.shared));
        let door = self.knocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = door.as_ref() {
            // A server that was shut down takes no request, and the publisher sees that it was turned away.
            let _ = door.send(request);
        }
        Knock::new(told)
    }

    /// Whether the media of this session is still held.
    pub fn is_held(&self, session: SessionId) -> bool {
        self.shared.session(session).is_some_and(|track| track.is_held())
    }

    /// Why the application sent this session off, if it did.
    pub fn cause(&self, session: SessionId) -> Option<Cause> {
        self.shared.session(session).and_then(|track| track.cause())
    }
}

#[async_trait]
impl ports::media::MediaServer for MediaServer {
    async fn next_publish(&self) -> Option<Box<dyn PublishRequest>> {
        let mut closing = self.shared.closing.subscribe();
        let mut knocks = self.knocks.lock().await;
        tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => None,
            request = knocks.recv() => request.map(|request| Box::new(request) as Box<dyn PublishRequest>),
        }
    }

    async fn disconnect(&self, session: SessionId, cause: Cause) -> Result<(), MediaError> {
        if let Some(track) = self.shared.session(session) {
            track.send_off(cause);
        }
        Ok(())
    }

    async fn await_silence(&self, session: SessionId, patience: Duration) -> Silence {
        match self.shared.session(session) {
            Some(track) => track.await_silence(patience).await,
            None => Silence::Gone,
        }
    }

    fn health(&self, session: SessionId) -> Option<Health> {
        self.shared.session(session)?.health()
    }

    fn silent_for(&self, session: SessionId) -> Option<Duration> {
        self.shared.session(session).and_then(|track| track.silent_for())
    }

    async fn shut_down(&self) {
        self.shared.closing.send_replace(true);
        let mut knocks = self.knocks.lock().await;
        knocks.close();
        while knocks.try_recv().is_ok() {}
        let sessions: Vec<_> = self.shared.sessions().values().cloned().collect();
        for track in sessions {
            track.leave(None);
        }
    }
}
