//! Makes an app, its owner if need be, and its first key.

use domain::{ApiKeyId, App, AppId, AppName, EntityState, Timestamp, User};
use ports::ApiSecret;
use ports::store::{ApiKey, UnitOfWork};

use crate::retry::retrying;
use crate::{AppError, Application, ErrorCode};

/// An app that is wanted.
#[derive(Debug, Clone)]
pub struct CreateApp {
    /// Its name.
    pub name: String,
    /// The user who owns it: found by this name, or made.
    pub owner_username: String,
    /// The mail address of an owner who is made.
    pub owner_email: String,
}

/// An app that was made.
#[derive(Debug, Clone)]
pub struct CreatedApp {
    /// The app.
    pub app: App,
    /// The public half of its first key.
    pub key: ApiKeyId,
    /// The secret half, never to be seen again.
    pub secret: ApiSecret,
}

impl Application {
    /// Makes an app with a fresh key.
    ///
    /// # Errors
    /// `INVALID_APP` for a name that no app can have or that its owner gave to an app already, and for an owner without
    /// a name or a mail address.
    pub async fn create_app(&self, wanted: CreateApp) -> Result<CreatedApp, AppError> {
        let name = AppName::new(wanted.name.clone())?;
        for (text, what) in [
            (&wanted.owner_username, "username"),
            (&wanted.owner_email, "mail address"),
        ] {
            if text.trim().is_empty() || text.contains('\0') {
                let message = format!("an app's owner needs a {what}");
                return Err(AppError::new(ErrorCode::InvalidApp, message));
            }
        }
        retrying(|| self.try_create_app(&name, &wanted)).await
    }

    async fn try_create_app(&self, name: &AppName, wanted: &CreateApp) -> Result<CreatedApp, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let owner = find_or_add_owner(work.as_mut(), &wanted.owner_username, &wanted.owner_email).await?;
        if let Some(app) = work.apps().by_name(owner.id, name.as_str()).await? {
            let message = format!(
                "{} has an app \"{}\" already: it is app {}",
                owner.username,
                name.as_str(),
                app.id
            );
            return Err(AppError::new(ErrorCode::InvalidApp, message));
        }
        let app = add_app(work.as_mut(), name, &owner, now).await?;
        let (key, secret) = self.parts().secrets.api_credentials();
        self.add_key(work.as_mut(), app.id, &key, &secret, now).await?;
        work.commit().await?;
        self.forget_credentials();
        Ok(CreatedApp { app, key, secret })
    }

    pub(super) async fn add_key(
        &self,
        work: &mut dyn UnitOfWork,
        app: AppId,
        id: &ApiKeyId,
        secret: &ApiSecret,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let secret_hash = self.parts().secrets.hash(secret);
        let key = ApiKey {
            id: id.clone(),
            app,
            secret_hash,
            created_at: now,
        };
        Ok(work.apps().insert_key(&key).await?)
    }
}

pub(super) async fn find_or_add_owner(
    work: &mut dyn UnitOfWork,
    username: &str,
    email: &str,
) -> Result<User, AppError> {
    if let Some(user) = work.apps().user_by_username(username).await? {
        return Ok(user);
    }
    let id = work.apps().next_user_id().await?;
    let user = User {
        id,
        state: EntityState::Active,
        username: username.to_owned(),
        email: email.to_owned(),
    };
    work.apps().insert_user(&user).await?;
    Ok(user)
}

pub(super) async fn add_app(
    work: &mut dyn UnitOfWork,
    name: &AppName,
    owner: &User,
    now: Timestamp,
) -> Result<App, AppError> {
    let id = work.apps().next_id().await?;
    let app = App {
        id,
        state: EntityState::Active,
        name: name.clone(),
        owner: owner.id,
        created_at: now,
    };
    work.apps().insert(&app).await?;
    Ok(app)
}
