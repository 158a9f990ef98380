//! The app that is there after every start.

use domain::{ApiKeyId, App, AppName};
use ports::ApiSecret;
use ports::store::{ApiKey, StoreError, UnitOfWork};

use super::create::{add_app, find_or_add_owner};
use crate::retry::retrying;
use crate::{AppError, Application, ErrorCode};

/// The app that must be there after a start.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// Its name.
    pub app_name: String,
    /// Who owns it: found by this name, or made.
    pub owner_username: String,
    /// The mail address of an owner who is made.
    pub owner_email: String,
    /// Its key and secret. Without, the app is made on an empty store only, with a fresh pair.
    pub credentials: Option<(ApiKeyId, ApiSecret)>,
}

/// What a bootstrap found or made.
#[derive(Debug, Clone)]
pub struct Bootstrapped {
    /// The app.
    pub app: App,
    /// Its credentials, if they were made up just now: never to be seen again.
    pub fresh: Option<(ApiKeyId, ApiSecret)>,
}

impl Application {
    /// Makes sure that the app is there. Running it again changes nothing.
    ///
    /// # Errors
    /// `INVALID_APP` for a name that no app can have, or a key that is taken, revoked, or has another secret.
    pub async fn bootstrap(&self, wanted: Bootstrap) -> Result<Bootstrapped, AppError> {
        let name = AppName::new(wanted.app_name.clone())?;
        retrying(|| self.try_bootstrap(&name, &wanted)).await
    }

    async fn try_bootstrap(&self, name: &AppName, wanted: &Bootstrap) -> Result<Bootstrapped, AppError> {
        let mut work = self.writing().await?;
        let there = work.apps().list().await?;
        if let (None, Some(app)) = (&wanted.credentials, there.into_iter().next()) {
            return Ok(Bootstrapped { app, fresh: None });
        }
        let owner = find_or_add_owner(work.as_mut(), &wanted.owner_username, &wanted.owner_email).await?;
        let app = match work.apps().by_name(owner.id, name.as_str()).await? {
            Some(app) => app,
            None => add_app(work.as_mut(), name, &owner, self.parts().clock.now()).await?,
        };
        let fresh = match &wanted.credentials {
            Some((key, secret)) => {
                self.require_key(work.as_mut(), &app, key, secret).await?;
                None
            }
            None => {
                let (key, secret) = self.parts().secrets.api_credentials();
                self.add_key(work.as_mut(), app.id, &key, &secret, self.parts().clock.now())
                    .await?;
                Some((key, secret))
            }
        };
        work.commit().await?;
        self.forget_credentials();
        Ok(Bootstrapped { app, fresh })
    }

    async fn require_key(
        &self,
        work: &mut dyn UnitOfWork,
        app: &App,
        id: &ApiKeyId,
        secret: &ApiSecret,
    ) -> Result<(), AppError> {
        match work.apps().key(id).await? {
            None => {
                let secret_hash = self.parts().secrets.hash(secret);
                let created_at = self.parts().clock.now();
                let key = ApiKey {
                    id: id.clone(),
                    app: app.id,
                    secret_hash,
                    created_at,
                };
                match work.apps().insert_key(&key).await {
                    Err(StoreError::AlreadyExists { .. }) => Err(AppError::new(
                        ErrorCode::InvalidApp,
                        "bootstrap.api_key was revoked and opens nothing any more; choose another",
                    )),
                    added => Ok(added?),
                }
            }
            Some(key) if key.app == app.id && self.parts().secrets.verify(secret, &key.secret_hash) => Ok(()),
            Some(_) => Err(AppError::new(
                ErrorCode::InvalidApp,
                "bootstrap.api_key is known already, with another secret or for another app",
            )),
        }
    }
}
