//! Whitelists: who may watch a room that is restricted. They can be kept for any room, and count while it is.

use domain::{AppId, AppUserId, Member, VideoRoomId};
use ports::store::{MemberView, Page, PageRequest, UnitOfWork};

use crate::retry::retrying;
use crate::{AppError, Application, audit};

impl Application {
    /// A page of the members on a room's whitelist, the last one added first.
    ///
    /// # Errors
    /// `VIDEO_ROOM_NOT_FOUND`.
    pub async fn list_whitelist(
        &self,
        app: AppId,
        room: VideoRoomId,
        page: PageRequest,
    ) -> Result<Page<MemberView>, AppError> {
        let mut work = self.reading().await?;
        must_have_room(work.as_mut(), app, room).await?;
        Ok(work.whitelist().list(room, page).await?)
    }

    /// Puts a member on a room's whitelist; one who is on it stays.
    ///
    /// # Errors
    /// `VIDEO_ROOM_NOT_FOUND`, then `MEMBER_NOT_FOUND`.
    pub async fn add_to_whitelist(
        &self,
        app: AppId,
        room: VideoRoomId,
        app_user_id: &str,
    ) -> Result<(), AppError> {
        retrying(|| async {
            let now = self.parts().clock.now();
            let mut work = self.writing().await?;
            let member = listable(work.as_mut(), app, room, app_user_id).await?;
            work.whitelist().add(room, member.id, now).await?;
            work.commit().await?;
            audit::listed(app, room, &member.app_user_id, "added");
            Ok(())
        })
        .await
    }

    /// Takes a member off a room's whitelist, if it is on it. Whoever watches already goes on.
    ///
    /// # Errors
    /// `VIDEO_ROOM_NOT_FOUND`, then `MEMBER_NOT_FOUND`.
    pub async fn remove_from_whitelist(
        &self,
        app: AppId,
        room: VideoRoomId,
        app_user_id: &str,
    ) -> Result<(), AppError> {
        retrying(|| async {
            let mut work = self.writing().await?;
            let member = listable(work.as_mut(), app, room, app_user_id).await?;
            work.whitelist().remove(room, member.id).await?;
            work.commit().await?;
            audit::listed(app, room, &member.app_user_id, "removed");
            Ok(())
        })
        .await
    }
}

/// Reads only: what the whitelist locks, it locks itself.
async fn must_have_room(work: &mut dyn UnitOfWork, app: AppId, room: VideoRoomId) -> Result<(), AppError> {
    let view = work.video_rooms().view(app, room).await?;
    view.map(drop).ok_or_else(AppError::video_room_not_found)
}

async fn listable(
    work: &mut dyn UnitOfWork,
    app: AppId,
    room: VideoRoomId,
    app_user_id: &str,
) -> Result<Member, AppError> {
    must_have_room(work, app, room).await?;
    let id = AppUserId::new(app_user_id).map_err(|_| AppError::member_not_found())?;
    let member = work.members().find(app, &id).await?;
    Ok(member.ok_or_else(AppError::member_not_found)?.value)
}
