//! Describes a room otherwise.

use domain::{AccessLevel, AppId, Description, Timestamp, Title, ValueError, VideoRoomChange, VideoRoomId};
use ports::store::VideoRoomView;

use super::{load, view_and_commit};
use crate::retry::retrying;
use crate::{AppError, Application, Patch, audit};

/// What an app wants otherwise of a room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateVideoRoom {
    /// Its title; cleared it is empty.
    pub title: Patch<String>,
    /// Its description.
    pub description: Patch<String>,
    /// When it is meant to begin; can't be cleared.
    pub scheduled_at: Patch<Timestamp>,
    /// Who may watch it; `None` leaves it.
    pub access_level: Option<AccessLevel>,
}

impl UpdateVideoRoom {
    /// Checks in the order of the contract.
    fn into_change(self) -> Result<VideoRoomChange, ValueError> {
        let scheduled_at = match self.scheduled_at {
            Patch::Keep => None,
            Patch::Clear => return Err(ValueError::EmptyVideoRoomScheduledAt),
            Patch::Set(at) => Some(at),
        };
        let title = match self.title {
            Patch::Keep => None,
            Patch::Clear => Some(Title::new("")?),
            Patch::Set(title) => Some(Title::new(title)?),
        };
        let description = match self.description {
            Patch::Keep => None,
            Patch::Clear => Some(None),
            Patch::Set(text) => Some(Some(Description::new(text)?)),
        };
        Ok(VideoRoomChange {
            title,
            description,
            access_level: self.access_level,
            scheduled_at,
        })
    }
}

/// The names of what a change is about.
fn fields(change: &VideoRoomChange) -> Vec<&'static str> {
    let named = [
        ("title", change.title.is_some()),
        ("description", change.description.is_some()),
        ("accessLevel", change.access_level.is_some()),
        ("scheduledAt", change.scheduled_at.is_some()),
    ];
    let changed = named.into_iter().filter(|(_, changed)| *changed);
    changed.map(|(name, _)| name).collect()
}

impl Application {
    /// Describes a room otherwise. A wish for nothing changes nothing.
    ///
    /// # Errors
    /// In this order: `EMPTY_VIDEO_ROOM_SCHEDULED_AT`, texts that are too long, `VIDEO_ROOM_NOT_FOUND`,
    /// `VIDEO_ROOM_STATE_NOT_SCHEDULED` for another time of a room that is past its schedule.
    pub async fn update_video_room(
        &self,
        app: AppId,
        id: VideoRoomId,
        wanted: UpdateVideoRoom,
    ) -> Result<VideoRoomView, AppError> {
        let change = wanted.into_change()?;
        let fields = fields(&change);
        let view = retrying(|| self.try_update_video_room(app, id, change.clone())).await?;
        if !fields.is_empty() {
            audit::described(app, id, &fields);
        }
        self.forget_playback(view.room.playback.as_ref());
        Ok(view)
    }

    async fn try_update_video_room(
        &self,
        app: AppId,
        id: VideoRoomId,
        change: VideoRoomChange,
    ) -> Result<VideoRoomView, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let mut room = load(work.as_mut(), app, id).await?;
        room.value.change(change, now)?;
        work.video_rooms().update(&room).await?;
        view_and_commit(work, app, id).await
    }
}
