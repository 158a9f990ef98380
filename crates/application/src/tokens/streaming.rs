//! Makes a token that opens every stream of an app.

use ports::{Subject, TokenKind};

use crate::{AppError, Application, Call};

impl Application {
    /// A token that opens every stream of the app, whatever its room's access level; for 24 hours. A new one each time.
    pub async fn issue_streaming_token(&self, call: impl Into<Call>) -> Result<String, AppError> {
        let call = call.into();
        self.once_without_change(&call).await?;
        self.token(TokenKind::Streaming, call.app, Subject::App).await
    }
}
