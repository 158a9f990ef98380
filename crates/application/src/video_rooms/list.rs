//! Lists video rooms.

use ports::store::{Page, PageRequest, VideoRoomFilter, VideoRoomView};

use crate::{AppError, Application};

impl Application {
    /// A page of an app's rooms; an empty one past the end.
    pub async fn list_video_rooms(
        &self,
        filter: VideoRoomFilter,
        page: PageRequest,
    ) -> Result<Page<VideoRoomView>, AppError> {
        Ok(self.reading().await?.video_rooms().list(&filter, page).await?)
    }
}
