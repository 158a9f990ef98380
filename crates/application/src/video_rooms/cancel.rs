//! Calls a room off before it starts.

use domain::{AppId, VideoRoomId, broadcast};
use ports::store::VideoRoomView;

use super::{load, view_and_commit};
use crate::retry::retrying;
use crate::{AppError, Application};

impl Application {
    /// Calls a scheduled room off.
    ///
    /// # Errors
    /// In this order: `VIDEO_ROOM_NOT_FOUND`, `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`, `VIDEO_ROOM_STATE_NOT_SCHEDULED`.
    pub async fn cancel_broadcast(&self, app: AppId, id: VideoRoomId) -> Result<VideoRoomView, AppError> {
        let view = retrying(|| self.try_cancel(app, id)).await?;
        tracing::info!(app = %app, video_room = %id, "the room is called off");
        Ok(view)
    }

    async fn try_cancel(&self, app: AppId, id: VideoRoomId) -> Result<VideoRoomView, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let mut room = load(work.as_mut(), app, id).await?;
        let changes = broadcast::cancel(&mut room.value, now)?;
        work.video_rooms().update(&room).await?;
        work.events().append(app, &changes.events, now).await?;
        view_and_commit(work, app, id).await
    }
}
