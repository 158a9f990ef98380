//! Reads a member.

use domain::{AppId, AppUserId};
use ports::store::MemberView;

use crate::{AppError, Application};

impl Application {
    /// The member that the app knows as `app_user_id`.
    ///
    /// # Errors
    /// `MEMBER_NOT_FOUND`, also for a text that no member can be known as.
    pub async fn get_member(&self, app: AppId, app_user_id: &str) -> Result<MemberView, AppError> {
        let id = AppUserId::new(app_user_id).map_err(|_| AppError::member_not_found())?;
        let view = self.reading().await?.members().view(app, &id).await?;
        view.ok_or_else(AppError::member_not_found)
    }
}
