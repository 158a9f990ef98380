//! Calls a room off before it starts.

use domain::{VideoRoomId, broadcast};
use ports::store::{UnitOfWork, VideoRoomView};

use super::{load, view_and_commit};
use crate::audit::{By, Room};
use crate::once::Done;
use crate::{AppError, Application, Call};

impl Application {
    /// Calls a scheduled room off.
    ///
    /// # Errors
    /// In this order: `VIDEO_ROOM_NOT_FOUND`, `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`, `VIDEO_ROOM_STATE_NOT_SCHEDULED`.
    pub async fn cancel_broadcast(
        &self,
        call: impl Into<Call>,
        id: VideoRoomId,
    ) -> Result<VideoRoomView, AppError> {
        let call = call.into();
        let done = self.once(&call, |work| self.try_cancel(work, &call, id)).await?;
        let Done::Now(view) = done else {
            return self.get_video_room(call.app, id).await;
        };
        Ok(view)
    }

    async fn try_cancel(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        id: VideoRoomId,
    ) -> Result<VideoRoomView, AppError> {
        let now = self.parts().clock.now();
        let mut room = load(work.as_mut(), call.app, id).await?;
        let before = Room::from(room.value.record());
        let changes = broadcast::cancel(&mut room.value, now)?;
        work.video_rooms().update(&room).await?;
        call.keep(work.as_mut(), id.get(), now).await?;
        work.events().append(call.app, &changes.events, now).await?;
        let view = view_and_commit(work, call.app, id).await?;
        before.moved(By::App, view.room.state);
        Ok(view)
    }
}
