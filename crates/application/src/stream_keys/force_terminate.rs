//! Ends whatever goes on with a stream key, at once.

use domain::{AppId, AppUserId, PlaybackId, SessionId, StreamKey, StreamKeyId, broadcast};
use ports::media::Cause;
use ports::store::{UnitOfWork, Versioned};

use super::load;
use crate::ingest::bound_room;
use crate::retry::retrying;
use crate::{AppError, Application};

/// What is left to do when an end by force is committed.
#[derive(Debug, Default)]
pub(crate) struct Terminated {
    /// The address that leads nowhere from now on.
    pub(crate) playback: Option<PlaybackId>,
    /// The publisher to be sent off.
    pub(crate) publisher: Option<SessionId>,
}

impl Application {
    /// Ends what goes on with a key: its room is over, its publisher sent off, its key string another. With an
    /// inactive key nothing goes on, and nothing happens.
    ///
    /// # Errors
    /// `STREAM_KEY_NOT_FOUND`.
    pub async fn force_terminate_stream_key(&self, app: AppId, id: StreamKeyId) -> Result<(), AppError> {
        let terminated = retrying(|| async {
            let mut work = self.writing().await?;
            let key = load(work.as_mut(), app, id).await?;
            self.terminate(work, key).await
        })
        .await?;
        self.finish_termination(terminated).await;
        Ok(())
    }

    /// The same for the key of a member.
    ///
    /// # Errors
    /// `MEMBER_NOT_FOUND`, also for a text that no member can be known as; `STREAM_KEY_NOT_FOUND`.
    pub async fn force_terminate_member_stream_key(
        &self,
        app: AppId,
        app_user_id: &str,
    ) -> Result<(), AppError> {
        let id = AppUserId::new(app_user_id).map_err(|_| AppError::member_not_found())?;
        let terminated = retrying(|| async {
            let mut work = self.writing().await?;
            let member = work.members().find(app, &id).await?;
            let member = member.ok_or_else(AppError::member_not_found)?.value.id;
            let key = work.stream_keys().by_member(member).await?;
            let key = key.ok_or_else(AppError::stream_key_not_found)?;
            self.terminate(work, key).await
        })
        .await?;
        self.finish_termination(terminated).await;
        Ok(())
    }

    async fn terminate(
        &self,
        mut work: Box<dyn UnitOfWork>,
        mut key: Versioned<StreamKey>,
    ) -> Result<Terminated, AppError> {
        let now = self.parts().clock.now();
        let mut room = bound_room(work.as_mut(), &key.value).await?;
        let fresh = self.parts().secrets.stream_key();
        let bound = room.as_mut().map(|room| &mut room.value);
        let changes = broadcast::force_terminate(&mut key.value, bound, fresh, now);
        if changes.is_empty() {
            return Ok(Terminated::default());
        }
        work.stream_keys().update(&key).await?;
        if let Some(room) = &room {
            work.video_rooms().update(room).await?;
        }
        if let Some(session) = changes.disconnect {
            work.sessions().ask_disconnect(session).await?;
        }
        let record = key.value.record();
        work.events().append(record.app, &changes.events, now).await?;
        work.commit().await?;
        tracing::info!(app = %record.app, stream_key = %record.id, "the stream key is ended by force");
        Ok(Terminated {
            playback: room.and_then(|room| room.value.into_record().playback),
            publisher: changes.disconnect,
        })
    }

    /// Forgets the address and sends the publisher off. Without this process, its own would do so within a second.
    pub(crate) async fn finish_termination(&self, terminated: Terminated) {
        self.forget_playback(terminated.playback.as_ref());
        if let Some(session) = terminated.publisher {
            self.send_off(session, Cause::Terminated).await;
        }
    }
}
