//! Makes the tokens of a member or a guest anew.

use domain::EntityState;
use ports::{Claims, Subject, TokenKind};

use super::LoginTokens;
use crate::{AppError, Application, ErrorCode};

impl Application {
    /// Three new tokens for whoever shows a good refresh token. The old ones stay good until they expire.
    ///
    /// # Errors
    /// `INVALID_REFRESH_TOKEN` for a token that is none, has expired or is of another kind, and when the member or
    /// the app has been deleted since.
    pub async fn refresh_tokens(&self, refresh: &str) -> Result<LoginTokens, AppError> {
        let claims = self.claims(TokenKind::Refresh, refresh).await?;
        let claims = claims.ok_or_else(invalid)?;
        if !self.is_there(&claims).await? {
            return Err(invalid());
        }
        self.login_tokens(claims.app, claims.subject).await
    }

    /// Whether the app and the member that a token speaks of are there.
    pub(crate) async fn is_there(&self, claims: &Claims) -> Result<bool, AppError> {
        let mut work = self.reading().await?;
        let app = work.apps().get(claims.app).await?;
        if app.is_none_or(|app| app.state == EntityState::Deleted) {
            return Ok(false);
        }
        match claims.subject {
            Subject::Guest => Ok(true),
            Subject::Member(id) => Ok(work.members().get(claims.app, id).await?.is_some()),
            Subject::App => Ok(false),
        }
    }
}

fn invalid() -> AppError {
    AppError::new(
        ErrorCode::InvalidRefreshToken,
        "the refreshToken is not valid, or not any more",
    )
}
