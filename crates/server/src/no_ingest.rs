//! The media server of a process that takes no publishers: an API-only node, or a command.

use std::time::Duration;

use async_trait::async_trait;
use domain::SessionId;
use ports::media::{Cause, Health, MediaError, MediaServer, PublishRequest, Silence};
use tokio::sync::watch;

/// Nobody publishes here.
pub(crate) struct NoIngest(watch::Sender<bool>);

impl NoIngest {
    /// Nobody, until it is shut down.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }
}

#[async_trait]
impl MediaServer for NoIngest {
    async fn next_publish(&self) -> Option<Box<dyn PublishRequest>> {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
        None
    }

    async fn disconnect(&self, _session: SessionId, _cause: Cause) -> Result<(), MediaError> {
        Ok(())
    }

    async fn await_silence(&self, _session: SessionId, _patience: Duration) -> Silence {
        Silence::Gone
    }

    fn health(&self, _session: SessionId) -> Option<Health> {
        None
    }

    fn silent_for(&self, _session: SessionId) -> Option<Duration> {
        None
    }

    async fn shut_down(&self) {
        self.0.send_replace(true);
    }
}
