//! Logs members and guests in, on their app's word.

use ports::Subject;

use super::LoginTokens;
use crate::{AppError, Application, Call, RegisterMember};

impl Application {
    /// Registers or updates a member as [`Application::register_member`] does, and answers its tokens. A call that was
    /// done before changes nothing any more; its tokens are new ones.
    ///
    /// # Errors
    /// Those of [`Application::register_member`].
    pub async fn log_member_in(
        &self,
        call: impl Into<Call>,
        wanted: RegisterMember,
    ) -> Result<LoginTokens, AppError> {
        let call = call.into();
        let app = call.app;
        let member = self.register_member(call, wanted).await?.member;
        self.login_tokens(app, Subject::Member(member.id)).await
    }

    /// The tokens of somebody who stays unknown; new ones each time.
    pub async fn log_guest_in(&self, call: impl Into<Call>) -> Result<LoginTokens, AppError> {
        let call = call.into();
        self.once_without_change(&call).await?;
        self.login_tokens(call.app, Subject::Guest).await
    }
}
