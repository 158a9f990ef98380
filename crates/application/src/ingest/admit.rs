//! The verdict on a publisher that knocks. Accepting one **is** a transaction on its key.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::broadcast::{self, NewSession};
use domain::{SessionId, StreamKey, StreamKeyId, StreamKeyMode, StreamKeySecret, TransitionError};
use ports::media::{Cause, Grant, IngestSession, PublishRequest, Refusal, Silence};
use ports::store::{Session, UnitOfWork, Versioned};
use tokio::time::{Instant, sleep, timeout_at};

use super::facts::bound_room;
use crate::audit::{By, Room};
use crate::retry::retrying;
use crate::{AppError, Application};

/// How long a verdict may take in all.
const VERDICT: Duration = Duration::from_secs(5);

/// How long to wait for the state of a publisher that has just gone to be written.
const PAUSE: Duration = Duration::from_millis(20);

/// A publisher that was let in.
pub(super) struct Admitted {
    pub(super) key: StreamKeyId,
    /// What it showed.
    pub(super) secret: StreamKeySecret,
    pub(super) session: Box<dyn IngestSession>,
}

/// The session that a publisher was to have, from just before that is committed: it may be in the store though nobody was told.
#[derive(Default)]
struct Attempt(Mutex<Option<(StreamKeyId, SessionId)>>);

impl Attempt {
    fn begins(&self, key: StreamKeyId, session: SessionId) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, session));
    }

    fn last(&self) -> Option<(StreamKeyId, SessionId)> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the store says to a publisher.
enum Claim {
    Granted(Grant),
    Held(SessionId),
    Unknown,
}

impl Application {
    /// Receives a publisher: refuses it, or follows it until it is gone and its state is written.
    pub(super) async fn receive(&self, request: Box<dyn PublishRequest>) {
        let peer = request.peer();
        match self.admit(request).await {
            Some(admitted) => self.follow(admitted).await,
            None => tracing::info!(%peer, "a publisher was not let in"),
        }
    }

    async fn admit(&self, request: Box<dyn PublishRequest>) -> Option<Admitted> {
        let deadline = Instant::now() + VERDICT;
        // What nobody knows changes nothing.
        let mode = request
            .mode()
            .and_then(|mode| StreamKeyMode::from_name(mode).ok());
        let attempt = Attempt::default();
        let verdict = self.verdict(request.stream_key(), mode, deadline, &attempt);
        let verdict = timeout_at(deadline, verdict).await;
        let refusal = match verdict {
            Ok(Ok(Claim::Granted(grant))) => return self.open(request, grant).await,
            Ok(Ok(Claim::Held(_))) => Refusal::AlreadyPublishing,
            Ok(Ok(Claim::Unknown)) => Refusal::UnknownKey,
            Ok(Err(error)) => {
                tracing::warn!(error = %crate::error::chain(&error), "no verdict on a publisher");
                Refusal::Unavailable
            }
            Err(_late) => Refusal::Unavailable,
        };
        if let Err(error) = request.reject(refusal).await {
            tracing::debug!(%error, "a publisher went before it was refused");
        }
        if let (Refusal::Unavailable, Some((key, session))) = (refusal, attempt.last()) {
            self.persist_gone(key, session, None).await;
        }
        None
    }

    /// Opens the door. A publisher that went away meanwhile is written down as gone.
    async fn open(&self, request: Box<dyn PublishRequest>, grant: Grant) -> Option<Admitted> {
        let (peer, secret) = (request.peer(), request.stream_key().clone());
        match request.accept(grant).await {
            Ok(session) => {
                tracing::info!(%peer, session = %grant.session, stream_key = %grant.key, "a publisher is connected");
                Some(Admitted {
                    key: grant.key,
                    secret,
                    session,
                })
            }
            Err(error) => {
                tracing::info!(%peer, %error, "a publisher went before it was let in");
                self.persist_gone(grant.key, grant.session, None).await;
                None
            }
        }
    }

    /// Claims the key; one that is held is waited for as long as its publisher may still prove to be silent or gone.
    async fn verdict(
        &self,
        secret: &StreamKeySecret,
        mode: Option<StreamKeyMode>,
        deadline: Instant,
        attempt: &Attempt,
    ) -> Result<Claim, AppError> {
        loop {
            let claim = retrying(|| self.claim(secret, mode, None, attempt)).await?;
            let Claim::Held(holder) = claim else {
                return Ok(claim);
            };
            match timeout_at(deadline, self.await_silence(holder)).await {
                Ok(Ok(Silence::Silent)) => {
                    let claim = retrying(|| self.claim(secret, mode, Some(holder), attempt)).await?;
                    if matches!(claim, Claim::Granted(_)) {
                        self.send_off(holder, Cause::TakenOver).await;
                    }
                    return Ok(claim);
                }
                Ok(Ok(Silence::Gone)) if Instant::now() + PAUSE < deadline => sleep(PAUSE).await,
                Ok(Ok(Silence::Spoke | Silence::Gone)) | Err(_) => return Ok(claim),
                Ok(Err(error)) => return Err(error),
            }
        }
    }

    /// One transaction: *ingest started*, or *takeover* of the session `silent`.
    async fn claim(
        &self,
        secret: &StreamKeySecret,
        mode: Option<StreamKeyMode>,
        silent: Option<SessionId>,
        attempt: &Attempt,
    ) -> Result<Claim, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let Some(mut key) = work.stream_keys().by_secret(secret).await? else {
            return Ok(Claim::Unknown);
        };
        let session = NewSession {
            id: self.parts().secrets.session_id(),
            preview: self.parts().secrets.playback_id(),
            mode,
        };
        let new = session.id;
        let mut room = bound_room(work.as_mut(), &key.value).await?;
        if let Some(silent) = silent
            && !self.is_free_to_take(work.as_mut(), silent).await?
        {
            return Ok(Claim::Held(silent));
        }
        let before = room.as_ref().map(|room| Room::from(room.value.record()));
        let claimed = match silent {
            None => broadcast::ingest_started(&mut key.value, session, now),
            Some(silent) => {
                let room = room.as_mut().map(|room| &mut room.value);
                broadcast::take_over(&mut key.value, room, silent, session, now)
            }
        };
        let changes = match (claimed, key.value.record().session) {
            (Ok(changes), _) => changes,
            (Err(TransitionError::AlreadyPublishing), Some(holder)) => return Ok(Claim::Held(holder)),
            (Err(_), _) => return Ok(Claim::Unknown),
        };
        let grant = Grant {
            key: key.value.record().id,
            session: new,
            previous: previous(work.as_mut(), &key).await?,
            mode: key.value.record().effective_mode(),
        };
        if let Some(silent) = silent {
            // Has its process told, which may be another one.
            work.sessions().ask_disconnect(silent).await?;
            work.sessions().close(silent, now, self.freed_before(now)).await?;
            if let Some(room) = &room {
                work.video_rooms().update(room).await?;
            }
        }
        work.stream_keys().update(&key).await?;
        let record = key.value.record();
        let (app, node) = (record.app, self.parts().node.clone());
        let session = Session {
            id: new,
            app,
            stream_key: record.id,
            node,
            started_at: now,
        };
        work.sessions().insert(&session).await?;
        work.events().append(app, &changes.events, now).await?;
        attempt.begins(grant.key, new);
        work.commit().await?;
        if let (Some(before), Some(room)) = (before, &room) {
            before.moved(By::Session(new), room.value.record().state);
        }
        self.forget_playback(
            room.as_ref()
                .and_then(|room| room.value.record().playback.as_ref()),
        );
        Ok(Claim::Granted(grant))
    }
}

/// The session whose broadcast a new one goes on with: there while a room is on air with the key.
async fn previous(
    work: &mut dyn UnitOfWork,
    key: &Versioned<StreamKey>,
) -> Result<Option<SessionId>, AppError> {
    let record = key.value.record();
    if record.video_room.is_none() {
        return Ok(None);
    }
    Ok(work.sessions().latest(record.id).await?.map(|session| session.id))
}
