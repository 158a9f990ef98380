//! Sets, reads and removes the callback of an app.

use domain::AppId;
use ports::store::{Callback, CallbackAccess};

use crate::{AppError, Application, ErrorCode};

/// The longest name and the longest password, in characters.
const LONGEST: usize = 255;

/// Where an app wants to be told of its events.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SetCallback {
    /// Where to; required.
    pub url: Option<String>,
    /// The user name that the receiver asks for.
    pub access_id: Option<String>,
    /// Its password.
    pub access_password: Option<String>,
}

impl SetCallback {
    fn into_values(self) -> Result<(String, Option<CallbackAccess>), AppError> {
        let url = self.url.filter(|url| !url.is_empty());
        let url = url.ok_or_else(|| AppError::new(ErrorCode::InvalidCallbackUrl, "url must not be empty"))?;
        let access = match (self.access_id.filter(|id| !id.is_empty()), self.access_password) {
            (None, None) => None,
            (Some(id), password) => Some(CallbackAccess {
                id,
                password: password.unwrap_or_default(),
            }),
            (None, Some(_)) => return Err(credentials("accessPassword goes with an accessId")),
        };
        if let Some(access) = &access {
            check(access)?;
        }
        Ok((url, access))
    }
}

/// What Basic authentication can carry (RFC 7617).
fn check(access: &CallbackAccess) -> Result<(), AppError> {
    let texts = [&access.id, &access.password];
    if texts.iter().any(|text| text.chars().nth(LONGEST).is_some()) {
        return Err(credentials(
            "accessId and accessPassword take at most 255 characters",
        ));
    }
    if access.id.contains(':') || texts.iter().any(|text| text.chars().any(char::is_control)) {
        return Err(credentials(
            "accessId takes no colon, and neither it nor accessPassword control characters",
        ));
    }
    Ok(())
}

fn credentials(message: &str) -> AppError {
    AppError::new(ErrorCode::InvalidCallbackCredentials, message)
}

impl Application {
    /// Sets where the app is told of its events, with a new secret: from now on if there was no callback, else with
    /// what is still to be told.
    ///
    /// # Errors
    /// `INVALID_CALLBACK_URL`, `INVALID_CALLBACK_CREDENTIALS`.
    pub async fn set_callback(&self, app: AppId, wanted: SetCallback) -> Result<Callback, AppError> {
        let (url, access) = wanted.into_values()?;
        let sender = &self.parts().notifications;
        sender
            .check(&url)
            .map_err(|refusal| AppError::new(ErrorCode::InvalidCallbackUrl, refusal.to_string()))?;
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let callback = Callback {
            app,
            url,
            access,
            secret: self.parts().secrets.webhook_secret(),
            cursor: work.events().last_sequence(app).await?,
            created_at: now,
            last_modified_at: now,
        };
        work.callbacks().put(&callback).await?;
        let set = work.callbacks().get(app).await?.ok_or_else(not_found)?;
        work.commit().await?;
        self.0.callback_changes.tell();
        Ok(set)
    }

    /// Where the app is told of its events.
    ///
    /// # Errors
    /// `CALLBACK_NOT_FOUND`.
    pub async fn get_callback(&self, app: AppId) -> Result<Callback, AppError> {
        let found = self.reading().await?.callbacks().get(app).await?;
        found.ok_or_else(not_found)
    }

    /// Tells the app nothing more; what was still to be told is given up.
    ///
    /// # Errors
    /// `CALLBACK_NOT_FOUND`.
    pub async fn remove_callback(&self, app: AppId) -> Result<(), AppError> {
        let mut work = self.writing().await?;
        if !work.callbacks().remove(app).await? {
            return Err(not_found());
        }
        work.deliveries().give_up(app, "the callback was removed").await?;
        work.commit().await?;
        self.0.callback_changes.tell();
        Ok(())
    }
}

pub(super) fn not_found() -> AppError {
    AppError::new(ErrorCode::CallbackNotFound, "this app has no callback")
}
