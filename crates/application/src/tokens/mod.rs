//! Tokens: who gets which, and for how long.

mod login;
mod refresh;
mod secret;
mod streaming;

use std::fmt;
use std::time::Duration;

use domain::{AppId, Timestamp};
use ports::{Claims, Subject, TokenKind};

use crate::{AppError, Application};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How long a token of a kind is good.
const fn lifetime(kind: TokenKind) -> Duration {
    match kind {
        TokenKind::Access | TokenKind::Streaming => HOUR.saturating_mul(24),
        TokenKind::Refresh => HOUR.saturating_mul(24 * 30),
    }
}

/// When a token of a kind that is made at `time` expires.
pub(crate) fn expiry(kind: TokenKind, time: Timestamp) -> Timestamp {
    time.plus_micros(i64::try_from(lifetime(kind).as_micros()).unwrap_or(i64::MAX))
}

/// What someone who logs in gets.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginTokens {
    /// Opens what a member may call; for 24 hours.
    pub access: String,
    /// Has all three made anew; for 30 days.
    pub refresh: String,
    /// Opens what the bearer may watch; for 24 hours.
    pub streaming: String,
}

impl fmt::Debug for LoginTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginTokens(…)")
    }
}

impl Application {
    async fn login_tokens(&self, app: AppId, subject: Subject) -> Result<LoginTokens, AppError> {
        Ok(LoginTokens {
            access: self.token(TokenKind::Access, app, subject).await?,
            refresh: self.token(TokenKind::Refresh, app, subject).await?,
            streaming: self.token(TokenKind::Streaming, app, subject).await?,
        })
    }

    async fn token(&self, kind: TokenKind, app: AppId, subject: Subject) -> Result<String, AppError> {
        let issued_at = self.parts().clock.now();
        let claims = Claims {
            kind,
            app,
            subject,
            issued_at,
            expires_at: expiry(kind, issued_at),
        };
        Ok(self.parts().tokens.sign(self.token_secret().await?, &claims))
    }

    /// What a token of that kind says, if it is good now.
    pub(crate) async fn claims(&self, kind: TokenKind, token: &str) -> Result<Option<Claims>, AppError> {
        let claims = self.parts().tokens.verify(self.token_secret().await?, token);
        let now = self.parts().clock.now();
        Ok(claims.filter(|claims| claims.kind == kind && now < claims.expires_at))
    }
}
