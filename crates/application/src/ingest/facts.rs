//! Writing media facts: each one transaction over the key and the room bound to it.

use domain::{Changes, MediaFailure, SessionId, StreamKey, StreamKeyId, Timestamp, VideoRoom, broadcast};
use ports::store::{UnitOfWork, Versioned};

use crate::audit::{By, Room};
use crate::retry::retrying;
use crate::{AppError, Application};

/// Whether a session is still the one that its key knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Current,
    Superseded,
}

impl Application {
    /// Writes that a session can be played.
    pub(super) async fn write_playable(
        &self,
        key: StreamKeyId,
        session: SessionId,
    ) -> Result<Standing, AppError> {
        retrying(|| {
            self.write(key, session, false, |key, room, now| {
                broadcast::became_playable(key, room, session, now)
            })
        })
        .await
    }

    /// Writes that a session is gone, with what the broadcaster should read of it.
    pub(crate) async fn write_gone(
        &self,
        key: StreamKeyId,
        session: SessionId,
        failure: Option<&str>,
    ) -> Result<(), AppError> {
        let gone = |key: &mut StreamKey, room: Option<&mut VideoRoom>, now: Timestamp| {
            let failure = failure.map(|message| MediaFailure {
                message: message.to_owned(),
                occurred_at: now,
            });
            broadcast::ingest_stopped(key, room, session, failure, now)
        };
        retrying(|| self.write(key, session, true, gone))
            .await
            .map(|_| ())
    }

    async fn write(
        &self,
        key: StreamKeyId,
        session: SessionId,
        gone: bool,
        fact: impl Fn(&mut StreamKey, Option<&mut VideoRoom>, Timestamp) -> Changes,
    ) -> Result<Standing, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let Some(mut key) = work.stream_keys().get(key).await? else {
            return Ok(Standing::Superseded);
        };
        let standing = if key.value.record().session == Some(session) {
            Standing::Current
        } else {
            Standing::Superseded
        };
        let mut room = bound_room(work.as_mut(), &key.value).await?;
        let before = room.as_ref().map(|room| Room::from(room.value.record()));
        let changes = fact(&mut key.value, room.as_mut().map(|room| &mut room.value), now);
        if gone {
            work.sessions()
                .close(session, now, self.freed_before(now))
                .await?;
        }
        if !changes.is_empty() {
            work.stream_keys().update(&key).await?;
            if let Some(room) = &room {
                work.video_rooms().update(room).await?;
            }
            work.events()
                .append(key.value.record().app, &changes.events, now)
                .await?;
        }
        if gone || !changes.is_empty() {
            work.commit().await?;
            if let (Some(before), Some(room)) = (before, &room) {
                before.moved(By::Session(session), room.value.record().state);
            }
        }
        self.forget_playback(
            room.as_ref()
                .and_then(|room| room.value.record().playback.as_ref()),
        );
        Ok(standing)
    }
}

/// The room that is on air with the key, ready to be changed.
pub(crate) async fn bound_room(
    work: &mut dyn UnitOfWork,
    key: &StreamKey,
) -> Result<Option<Versioned<VideoRoom>>, AppError> {
    match key.record().video_room {
        Some(room) => Ok(work.video_rooms().get(key.record().app, room).await?),
        None => Ok(None),
    }
}
