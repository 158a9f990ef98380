//! Makes a video room.

use domain::{
    AccessLevel, AppUserId, Description, DomainEvent, NewVideoRoom, Timestamp, Title, ValueError, VideoRoom,
    VideoRoomId, VideoRoomType,
};
use ports::store::{UnitOfWork, VideoRoomView};

use super::view_and_commit;
use crate::once::Done;
use crate::{AppError, Application, Call, audit};

/// What an app says of a room that it wants. Text that is blank counts as absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateVideoRoom {
    /// The member who will broadcast; required.
    pub app_user_id: Option<String>,
    /// How members interact in it; required.
    pub kind: Option<VideoRoomType>,
    /// Its title.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Who may watch it; everyone if absent.
    pub access_level: Option<AccessLevel>,
    /// When it is meant to begin; required for a broadcast by RTMP.
    pub scheduled_at: Option<Timestamp>,
}

impl CreateVideoRoom {
    /// Checks in the order of the contract.
    fn into_values(self) -> Result<(String, NewVideoRoom), ValueError> {
        let app_user_id = self
            .app_user_id
            .filter(|id| !id.trim().is_empty())
            .ok_or(ValueError::EmptyVideoRoomAppUserId)?;
        let kind = self.kind.ok_or(ValueError::EmptyVideoRoomType)?;
        if kind == VideoRoomType::BroadcastRtmp && self.scheduled_at.is_none() {
            return Err(ValueError::EmptyVideoRoomScheduledAt);
        }
        let wanted = NewVideoRoom {
            kind,
            title: Title::new(self.title.unwrap_or_default())?,
            description: self.description.map(Description::new).transpose()?,
            access_level: self.access_level.unwrap_or(AccessLevel::Public),
            scheduled_at: self.scheduled_at,
        };
        Ok((app_user_id, wanted))
    }
}

impl Application {
    /// Makes a room for a member.
    ///
    /// # Errors
    /// In this order: `EMPTY_VIDEO_ROOM_APP_USER_ID`, `EMPTY_VIDEO_ROOM_TYPE`, `EMPTY_VIDEO_ROOM_SCHEDULED_AT`,
    /// texts that are too long, `MEMBER_NOT_FOUND`.
    pub async fn create_video_room(
        &self,
        call: impl Into<Call>,
        wanted: CreateVideoRoom,
    ) -> Result<VideoRoomView, AppError> {
        let call = call.into();
        let (app_user_id, wanted) = wanted.into_values()?;
        let member = AppUserId::new(app_user_id).map_err(|_| AppError::member_not_found())?;
        match self
            .once(&call, |work| self.try_create(work, &call, &member, &wanted))
            .await?
        {
            Done::Now(view) => Ok(view),
            Done::Before(room) => self.get_video_room(call.app, VideoRoomId::new(room)).await,
        }
    }

    async fn try_create(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        member: &AppUserId,
        wanted: &NewVideoRoom,
    ) -> Result<VideoRoomView, AppError> {
        let (app, now) = (call.app, self.parts().clock.now());
        let member = work.members().find(app, member).await?;
        let member = member.ok_or_else(AppError::member_not_found)?.value.id;
        let id = work.video_rooms().next_id().await?;
        let channel_key = self.parts().secrets.channel_key();
        let room = VideoRoom::new(id, app, member, wanted.clone(), channel_key, now)?;
        work.video_rooms().insert(&room).await?;
        call.keep(work.as_mut(), id.get(), now).await?;
        let state = room.record().state;
        let made = [DomainEvent::VideoRoom { id, state }];
        work.events().append(app, &made, now).await?;
        let view = view_and_commit(work, app, id).await?;
        audit::made(&view.room);
        Ok(view)
    }
}
