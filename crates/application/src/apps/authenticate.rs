//! Finds out which app calls.

use domain::{ApiKeyId, AppId, SecretHash};
use ports::ApiSecret;

use super::credentials::{DOUBTED, KeyRing, OLDEST};
use crate::{AppError, Application, ErrorCode};

/// Compared with when there is no such key, so that an unknown key costs the same work as a wrong secret.
const NOBODY: SecretHash = SecretHash([0; 32]);

impl Application {
    /// The app that these credentials open, by what was read of the store at most five seconds ago. Before a refusal
    /// it is read again, unless that was done just now.
    ///
    /// # Errors
    /// `INVALID_APP_CREDENTIALS`, the same for an unknown key, a revoked one, a deleted app and a wrong secret.
    pub async fn authenticate(&self, key: &ApiKeyId, secret: &ApiSecret) -> Result<AppId, AppError> {
        if let Some(app) = self.opened(&self.key_ring(OLDEST).await?, key, secret) {
            return Ok(app);
        }
        self.opened(&self.key_ring(DOUBTED).await?, key, secret)
            .ok_or_else(|| {
                AppError::new(
                    ErrorCode::InvalidAppCredentials,
                    "the app key or its secret is not valid",
                )
            })
    }

    fn opened(&self, keys: &KeyRing, key: &ApiKeyId, secret: &ApiSecret) -> Option<AppId> {
        let known = keys.get(key);
        let hash = known.map_or(&NOBODY, |key| &key.secret_hash);
        let right = self.parts().secrets.verify(secret, hash);
        known.filter(|_| right).map(|key| key.app)
    }
}
