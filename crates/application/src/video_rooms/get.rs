//! Reads a video room.

use domain::{AppId, VideoRoomId};
use ports::store::VideoRoomView;

use crate::{AppError, Application};

impl Application {
    /// The room of that id.
    ///
    /// # Errors
    /// `VIDEO_ROOM_NOT_FOUND`.
    pub async fn get_video_room(&self, app: AppId, id: VideoRoomId) -> Result<VideoRoomView, AppError> {
        let view = self.reading().await?.video_rooms().view(app, id).await?;
        view.ok_or_else(AppError::video_room_not_found)
    }
}
