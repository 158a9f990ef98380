//! What tokens are signed with: as configured, or made once for all processes on a store.

use ports::TokenSecret;

use crate::retry::retrying;
use crate::{AppError, Application};

/// Under which name the store keeps it.
const NAME: &str = "auth.token_secret";

impl Application {
    /// The secret, if it was asked for before.
    pub(crate) fn known_token_secret(&self) -> Option<&TokenSecret> {
        self.0.token_secret.get()
    }

    /// The secret; read from the store once, and made by whoever comes first.
    pub(crate) async fn token_secret(&self) -> Result<&TokenSecret, AppError> {
        let known = &self.0.token_secret;
        known
            .get_or_try_init(|| retrying(|| self.stored_token_secret()))
            .await
    }

    /// Who writes at the same time meets the row of the other, and reads it on the next attempt.
    async fn stored_token_secret(&self) -> Result<TokenSecret, AppError> {
        if let Some(stored) = self.reading().await?.settings().get(NAME).await? {
            return Ok(TokenSecret::new(stored));
        }
        let fresh = self.parts().secrets.token_secret();
        let mut work = self.writing().await?;
        work.settings().insert(NAME, fresh.expose()).await?;
        work.commit().await?;
        tracing::info!("a secret for tokens was made and stored");
        Ok(fresh)
    }
}
