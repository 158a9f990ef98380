//! Logs members and guests in, on their app's word.

use domain::AppId;
use ports::Subject;

use super::LoginTokens;
use crate::{AppError, Application, RegisterMember};

impl Application {
    /// Registers or updates a member as [`Application::register_member`] does, and answers its tokens.
    ///
    /// # Errors
    /// Those of [`Application::register_member`].
    pub async fn log_member_in(&self, app: AppId, wanted: RegisterMember) -> Result<LoginTokens, AppError> {
        let member = self.register_member(app, wanted).await?.member;
        self.login_tokens(app, Subject::Member(member.id)).await
    }

    /// The tokens of somebody who stays unknown.
    pub async fn log_guest_in(&self, app: AppId) -> Result<LoginTokens, AppError> {
        self.login_tokens(app, Subject::Guest).await
    }
}
