//! Video rooms: making, reading, changing and deleting them, and putting them on and off the air.

mod auto_end;
mod cancel;
mod create;
mod delete;
mod end;
mod get;
mod list;
mod start;
mod update;

pub use create::CreateVideoRoom;
pub use update::UpdateVideoRoom;

use domain::{AppId, VideoRoom, VideoRoomId};
use ports::store::{UnitOfWork, Versioned, VideoRoomView};

use crate::AppError;

/// The room of that app, ready to be changed.
async fn load(
    work: &mut dyn UnitOfWork,
    app: AppId,
    id: VideoRoomId,
) -> Result<Versioned<VideoRoom>, AppError> {
    work.video_rooms()
        .get(app, id)
        .await?
        .ok_or_else(AppError::video_room_not_found)
}

/// The room as the unit of work left it, then committed.
async fn view_and_commit(
    mut work: Box<dyn UnitOfWork>,
    app: AppId,
    id: VideoRoomId,
) -> Result<VideoRoomView, AppError> {
    let view = work
        .video_rooms()
        .view(app, id)
        .await?
        .ok_or_else(AppError::video_room_not_found)?;
    work.commit().await?;
    Ok(view)
}
