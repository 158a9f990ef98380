//! Takes an interrupted room off the air.

use domain::{AppId, VideoRoomId, broadcast};
use ports::store::VideoRoomView;

use super::{load, view_and_commit};
use crate::retry::retrying;
use crate::{AppError, Application};

impl Application {
    /// Ends an interrupted broadcast.
    ///
    /// # Errors
    /// In this order: `VIDEO_ROOM_NOT_FOUND`, `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`,
    /// `VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE`, `STREAM_KEY_NOT_FOUND`, `STREAM_KEY_STATE_NOT_INACTIVE_LIVE`.
    pub async fn end_broadcast(&self, app: AppId, id: VideoRoomId) -> Result<VideoRoomView, AppError> {
        let view = retrying(|| self.try_end(app, id)).await?;
        tracing::info!(app = %app, video_room = %id, "the room is off the air");
        self.forget_playback(view.room.playback.as_ref());
        Ok(view)
    }

    async fn try_end(&self, app: AppId, id: VideoRoomId) -> Result<VideoRoomView, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let mut room = load(work.as_mut(), app, id).await?;
        let mut key = work.stream_keys().bound_to(id).await?;
        let changes = broadcast::end(&mut room.value, key.as_mut().map(|key| &mut key.value), now)?;
        work.video_rooms().update(&room).await?;
        if let Some(key) = &key {
            work.stream_keys().update(key).await?;
        }
        work.events().append(app, &changes.events, now).await?;
        view_and_commit(work, app, id).await
    }
}
