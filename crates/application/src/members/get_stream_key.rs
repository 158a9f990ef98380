//! Reads a member's stream key.

use domain::{AppId, AppUserId};
use ports::store::StreamKeyView;

use crate::{AppError, Application, ErrorCode};

impl Application {
    /// The stream key of the member that the app knows as `app_user_id`.
    ///
    /// # Errors
    /// `MEMBER_NOT_FOUND`, also for a text that no member can be known as; `STREAM_KEY_NOT_FOUND`.
    pub async fn get_member_stream_key(
        &self,
        app: AppId,
        app_user_id: &str,
    ) -> Result<StreamKeyView, AppError> {
        let id = AppUserId::new(app_user_id).map_err(|_| AppError::member_not_found())?;
        let mut work = self.reading().await?;
        if let Some(view) = work.stream_keys().view_by_member(app, &id).await? {
            return Ok(view);
        }
        match work.members().find(app, &id).await? {
            Some(_) => Err(AppError::new(
                ErrorCode::StreamKeyNotFound,
                "this member has no stream key",
            )),
            None => Err(AppError::member_not_found()),
        }
    }
}
