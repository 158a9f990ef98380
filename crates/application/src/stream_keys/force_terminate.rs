//! Ends whatever goes on with a stream key, at once.

use domain::{AppUserId, PlaybackId, SessionId, StreamKey, StreamKeyId, broadcast};
use ports::media::Cause;
use ports::store::{UnitOfWork, Versioned};

use super::load;
use crate::audit::{By, Room};
use crate::ingest::bound_room;
use crate::once::Done;
use crate::{AppError, Application, Call, audit};

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
    pub async fn force_terminate_stream_key(
        &self,
        call: impl Into<Call>,
        id: StreamKeyId,
    ) -> Result<(), AppError> {
        let call = call.into();
        let done = self.once(&call, |mut work| async {
            let key = load(work.as_mut(), call.app, id).await?;
            self.terminate(work, &call, key).await
        });
        if let Done::Now(terminated) = done.await? {
            self.finish_termination(terminated).await;
        }
        Ok(())
    }

    /// The same for the key of a member.
    ///
    /// # Errors
    /// `MEMBER_NOT_FOUND`, also for a text that no member can be known as; `STREAM_KEY_NOT_FOUND`.
    pub async fn force_terminate_member_stream_key(
        &self,
        call: impl Into<Call>,
        app_user_id: &str,
    ) -> Result<(), AppError> {
        let call = call.into();
        let id = AppUserId::new(app_user_id).map_err(|_| AppError::member_not_found())?;
        let done = self.once(&call, |work| self.terminate_member(work, &call, &id));
        if let Done::Now(terminated) = done.await? {
            self.finish_termination(terminated).await;
        }
        Ok(())
    }

    async fn terminate_member(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        id: &AppUserId,
    ) -> Result<Terminated, AppError> {
        let member = work.members().find(call.app, id).await?;
        let member = member.ok_or_else(AppError::member_not_found)?.value.id;
        let key = work.stream_keys().by_member(member).await?;
        let key = key.ok_or_else(AppError::stream_key_not_found)?;
        self.terminate(work, call, key).await
    }

    async fn terminate(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        mut key: Versioned<StreamKey>,
    ) -> Result<Terminated, AppError> {
        let now = self.parts().clock.now();
        let id = key.value.record().id;
        let mut room = bound_room(work.as_mut(), &key.value).await?;
        let before = room.as_ref().map(|room| Room::from(room.value.record()));
        let fresh = self.parts().secrets.stream_key();
        let bound = room.as_mut().map(|room| &mut room.value);
        let changes = broadcast::force_terminate(&mut key.value, bound, fresh, now);
        call.keep(work.as_mut(), id.get(), now).await?;
        if changes.is_empty() {
            work.commit().await?;
            return Ok(Terminated::default());
        }
        work.stream_keys().update(&key).await?;
        if let Some(room) = &room {
            work.video_rooms().update(room).await?;
        }
        if let Some(session) = changes.disconnect {
            work.sessions().ask_disconnect(session).await?;
        }
        work.events().append(call.app, &changes.events, now).await?;
        work.commit().await?;
        audit::key(call.app, id, "force-terminated");
        if let (Some(before), Some(room)) = (before, &room) {
            before.moved(By::App, room.value.record().state);
        }
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
