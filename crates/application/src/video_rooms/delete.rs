//! Deletes a room, taking it off the air first.

use domain::{AppId, PlaybackId, SessionId, VideoRoomId, broadcast};
use ports::media::Cause;

use super::load;
use crate::audit::{By, Room};
use crate::retry::retrying;
use crate::{AppError, Application};

impl Application {
    /// Deletes a room. One that is on air is ended by force, and its publisher sent off.
    ///
    /// # Errors
    /// `VIDEO_ROOM_NOT_FOUND`.
    pub async fn delete_video_room(&self, app: AppId, id: VideoRoomId) -> Result<(), AppError> {
        let (playback, publisher) = retrying(|| self.try_delete(app, id)).await?;
        self.forget_playback(playback.as_ref());
        if let Some(session) = publisher {
            self.send_off(session, Cause::Terminated).await;
        }
        Ok(())
    }

    async fn try_delete(
        &self,
        app: AppId,
        id: VideoRoomId,
    ) -> Result<(Option<PlaybackId>, Option<SessionId>), AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let mut room = load(work.as_mut(), app, id).await?;
        let before = Room::from(room.value.record());
        let mut key = work.stream_keys().bound_to(id).await?;
        let changes = broadcast::delete_room(&mut room.value, key.as_mut().map(|key| &mut key.value), now);
        work.video_rooms().update(&room).await?;
        if let Some(key) = &key {
            work.stream_keys().update(key).await?;
        }
        if let Some(session) = changes.disconnect {
            work.sessions().ask_disconnect(session).await?;
        }
        work.events().append(app, &changes.events, now).await?;
        work.commit().await?;
        before.deleted(By::App, room.value.record().state);
        Ok((room.value.record().playback.clone(), changes.disconnect))
    }
}
