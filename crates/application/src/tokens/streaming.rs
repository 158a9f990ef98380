//! Makes a token that opens every stream of an app.

use domain::AppId;
use ports::{Subject, TokenKind};

use crate::{AppError, Application};

impl Application {
    /// A token that opens every stream of the app, whatever its room's access level; for 24 hours.
    pub async fn issue_streaming_token(&self, app: AppId) -> Result<String, AppError> {
        self.token(TokenKind::Streaming, app, Subject::App).await
    }
}
