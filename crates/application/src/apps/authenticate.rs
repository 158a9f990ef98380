//! Finds out which app calls.

use domain::{ApiKeyId, AppId, SecretHash};
use ports::ApiSecret;

use crate::{AppError, Application, ErrorCode};

/// Compared with when there is no such key, so that an unknown key costs the same work as a wrong secret.
const NOBODY: SecretHash = SecretHash([0; 32]);

impl Application {
    /// The app that these credentials open.
    ///
    /// # Errors
    /// `INVALID_APP_CREDENTIALS`, the same for an unknown key, a revoked one, a deleted app and a wrong secret.
    pub async fn authenticate(&self, key: &ApiKeyId, secret: &ApiSecret) -> Result<AppId, AppError> {
        let known = self.reading().await?.apps().key(key).await?;
        let hash = known.as_ref().map_or(&NOBODY, |key| &key.secret_hash);
        let right = self.parts().secrets.verify(secret, hash);
        known.filter(|_| right).map(|key| key.app).ok_or_else(|| {
            AppError::new(
                ErrorCode::InvalidAppCredentials,
                "the app key or its secret is not valid",
            )
        })
    }
}
