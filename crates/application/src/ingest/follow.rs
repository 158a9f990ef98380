//! Following one session: its latest fact is written until the store agrees.

use std::time::Duration;

use domain::{SessionId, StreamKeyId};
use ports::media::SessionFact;
use tokio::time::sleep;

use super::admit::Admitted;
use super::facts::Standing;
use super::regain::Publisher;
use crate::{AppError, Application};

/// The pause before the first repetition of a write that failed; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Application {
    /// Follows a session until it is gone and that is written. Its media is kept as long as its room is on air.
    pub(super) async fn follow(&self, admitted: Admitted) {
        let Admitted {
            key,
            secret,
            mut session,
        } = admitted;
        let id = session.id();
        let publisher = Publisher {
            key,
            secret,
            session: id,
        };
        let place = self.followed().enter(id, key);
        self.0.notes.begin(id);
        let mut fact = session.changed().await;
        let mut taken = false;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.write_fact(&publisher, &fact, taken).await {
                Ok(()) if matches!(fact, SessionFact::Gone { .. }) => break,
                Ok(()) => {
                    pause = FIRST_PAUSE;
                    tokio::select! {
                        newer = session.changed() => (fact, taken) = (newer, false),
                        () = place.taken() => taken = true,
                    }
                }
                Err(error) => {
                    tracing::warn!(session = %id, error = %crate::error::chain(&error), "a fact is not written yet");
                    tokio::select! {
                        newer = session.changed() => fact = newer,
                        () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    }
                }
            }
        }
        drop(place);
        if let SessionFact::Gone { failure } = &fact {
            tracing::info!(session = %id, stream_key = %key, failure, "a publisher is gone");
        }
        self.0.notes.end(id);
        self.0.kept.keep(key, session);
    }

    /// Writes that a session which never came to be is gone, however long it takes.
    pub(super) async fn persist_gone(&self, key: StreamKeyId, session: SessionId, failure: Option<&str>) {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.write_gone(key, session, failure).await {
            tracing::warn!(%session, error = %crate::error::chain(&error), "a fact is not written yet");
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Writes a fact; `taken` where the store is known to have taken the publisher for gone.
    async fn write_fact(
        &self,
        publisher: &Publisher,
        fact: &SessionFact,
        taken: bool,
    ) -> Result<(), AppError> {
        let (key, session) = (publisher.key, publisher.session);
        match fact {
            SessionFact::Connected if taken => self.regain(publisher, false).await,
            SessionFact::Connected => Ok(()),
            SessionFact::Playable if taken => self.regain(publisher, true).await,
            SessionFact::Playable => match self.write_playable(key, session).await? {
                Standing::Current => Ok(()),
                Standing::Superseded => self.regain(publisher, true).await,
            },
            SessionFact::Gone { failure } => self.write_gone(key, session, failure.as_deref()).await,
        }
    }
}
