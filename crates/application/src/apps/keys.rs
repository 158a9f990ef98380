//! Issues and revokes an app's keys.

use domain::{ApiKeyId, AppId, EntityState};
use ports::ApiSecret;

use crate::{AppError, Application, ErrorCode};

impl Application {
    /// Gives an app another key; the ones that it has stay good.
    ///
    /// # Errors
    /// `APP_NOT_FOUND`.
    pub async fn issue_key(&self, app: AppId) -> Result<(ApiKeyId, ApiSecret), AppError> {
        let mut work = self.writing().await?;
        let found = work
            .apps()
            .get(app)
            .await?
            .filter(|app| app.state == EntityState::Active);
        if found.is_none() {
            return Err(AppError::new(
                ErrorCode::AppNotFound,
                format!("there is no app {app}"),
            ));
        }
        let (key, secret) = self.parts().secrets.api_credentials();
        self.add_key(work.as_mut(), app, &key, &secret, self.parts().clock.now())
            .await?;
        work.commit().await?;
        self.forget_credentials();
        Ok((key, secret))
    }

    /// Makes a key open nothing any more.
    ///
    /// # Errors
    /// `API_KEY_NOT_FOUND` for one that was never issued, or is revoked already.
    pub async fn revoke_key(&self, key: &ApiKeyId) -> Result<(), AppError> {
        let mut work = self.writing().await?;
        if !work.apps().revoke_key(key, self.parts().clock.now()).await? {
            return Err(AppError::new(
                ErrorCode::ApiKeyNotFound,
                format!("there is no key {}", key.as_str()),
            ));
        }
        work.commit().await?;
        self.forget_credentials();
        Ok(())
    }
}
