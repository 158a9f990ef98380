//! A publisher that others took for gone, as they do when its process was away for longer than its lease: it takes its
//! key again if that is free, and nobody noticed; else it is sent off.

use domain::broadcast::{self, NewSession};
use domain::{SessionId, StreamKeyId, StreamKeySecret};
use ports::media::Cause;

use super::facts::bound_room;
use crate::retry::retrying;
use crate::{AppError, Application};

/// A publisher of this process, and with what it was let in.
pub(super) struct Publisher {
    pub(super) key: StreamKeyId,
    pub(super) secret: StreamKeySecret,
    pub(super) session: SessionId,
}

impl Application {
    /// Takes the key again, or sends the publisher off.
    pub(super) async fn regain(&self, publisher: &Publisher, playable: bool) -> Result<(), AppError> {
        let session = publisher.session;
        match retrying(|| self.try_regain(publisher, playable)).await? {
            Ok(()) => {}
            Err(cause) => {
                tracing::info!(%session, ?cause, "a publisher lost its key to another, or for good");
                self.send_off(session, cause).await;
            }
        }
        Ok(())
    }

    async fn try_regain(&self, publisher: &Publisher, playable: bool) -> Result<Result<(), Cause>, AppError> {
        let session = publisher.session;
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        // The same as for one that knocks: what it showed must still be the key's string.
        let key = work.stream_keys().by_secret(&publisher.secret).await?;
        let Some(mut key) = key.filter(|key| key.value.record().id == publisher.key) else {
            return Ok(Err(Cause::Superseded));
        };
        match key.value.record().session {
            Some(holder) if holder == session => return Ok(Ok(())),
            Some(_) => return Ok(Err(Cause::TakenOver)),
            None => {}
        }
        if !work.sessions().reopen(session).await? {
            return Ok(Err(Cause::Superseded));
        }
        let again = NewSession {
            id: session,
            preview: self.parts().secrets.playback_id(),
            mode: key.value.record().session_mode,
        };
        let mut room = bound_room(work.as_mut(), &key.value).await?;
        let Ok(mut changes) = broadcast::ingest_started(&mut key.value, again, now) else {
            return Ok(Err(Cause::Superseded));
        };
        if playable {
            let room = room.as_mut().map(|room| &mut room.value);
            let playable = broadcast::became_playable(&mut key.value, room, session, now);
            changes.events.extend(playable.events);
        }
        work.stream_keys().update(&key).await?;
        if let Some(room) = &room {
            work.video_rooms().update(room).await?;
        }
        let record = key.value.record();
        work.events().append(record.app, &changes.events, now).await?;
        work.commit().await?;
        tracing::warn!(%session, stream_key = %record.id, "a publisher that was taken for gone has its key again");
        self.forget_playback(
            room.as_ref()
                .and_then(|room| room.value.record().playback.as_ref()),
        );
        Ok(Ok(()))
    }
}
