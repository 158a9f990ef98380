//! Takes an interrupted room off the air.

use domain::{VideoRoomId, broadcast};
use ports::store::{UnitOfWork, VideoRoomView};

use super::{load, view_and_commit};
use crate::audit::{By, Room};
use crate::once::Done;
use crate::{AppError, Application, Call};

impl Application {
    /// Ends an interrupted broadcast.
    ///
    /// # Errors
    /// In this order: `VIDEO_ROOM_NOT_FOUND`, `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`,
    /// `VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE`, `STREAM_KEY_NOT_FOUND`, `STREAM_KEY_STATE_NOT_INACTIVE_LIVE`.
    pub async fn end_broadcast(
        &self,
        call: impl Into<Call>,
        id: VideoRoomId,
    ) -> Result<VideoRoomView, AppError> {
        let call = call.into();
        let done = self.once(&call, |work| self.try_end(work, &call, id)).await?;
        let Done::Now(view) = done else {
            return self.get_video_room(call.app, id).await;
        };
        self.forget_playback(view.room.playback.as_ref());
        Ok(view)
    }

    async fn try_end(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        id: VideoRoomId,
    ) -> Result<VideoRoomView, AppError> {
        let now = self.parts().clock.now();
        let mut room = load(work.as_mut(), call.app, id).await?;
        let before = Room::from(room.value.record());
        let mut key = work.stream_keys().bound_to(id).await?;
        let changes = broadcast::end(&mut room.value, key.as_mut().map(|key| &mut key.value), now)?;
        work.video_rooms().update(&room).await?;
        if let Some(key) = &key {
            work.stream_keys().update(key).await?;
        }
        call.keep(work.as_mut(), id.get(), now).await?;
        work.events().append(call.app, &changes.events, now).await?;
        let view = view_and_commit(work, call.app, id).await?;
        before.moved(By::App, view.room.state);
        Ok(view)
    }
}
