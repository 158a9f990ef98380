//! Changes what is made of a stream key's media.

use domain::{AppId, StreamKeyId, StreamKeyMode, TranscodingProfile, TranscodingProfileId};
use ports::store::StreamKeyView;

use super::{load, view_and_commit};
use crate::retry::retrying;
use crate::{AppError, Application, audit};

/// What an app wants otherwise of a stream key. A field that is `None` stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UpdateStreamKey {
    /// The profile that its media is encoded by.
    pub profile: Option<TranscodingProfileId>,
    /// The formats that its media is packaged in, from the next publisher on.
    pub mode: Option<StreamKeyMode>,
}

impl Application {
    /// Changes a key, whatever it is doing. There is one profile, which every key has, so naming it changes nothing.
    ///
    /// # Errors
    /// In this order: `STREAM_KEY_NOT_FOUND`, `TRANSCODING_PROFILE_NOT_FOUND`.
    pub async fn update_stream_key(
        &self,
        app: AppId,
        id: StreamKeyId,
        wanted: UpdateStreamKey,
    ) -> Result<StreamKeyView, AppError> {
        let view = retrying(|| self.try_update_stream_key(app, id, wanted)).await?;
        if let Some(mode) = wanted.mode {
            audit::key(app, id, &format!("mode {}", mode.name()));
        }
        Ok(view)
    }

    async fn try_update_stream_key(
        &self,
        app: AppId,
        id: StreamKeyId,
        wanted: UpdateStreamKey,
    ) -> Result<StreamKeyView, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let mut key = load(work.as_mut(), app, id).await?;
        if wanted
            .profile
            .is_some_and(|profile| TranscodingProfile::find(profile).is_none())
        {
            return Err(AppError::transcoding_profile_not_found());
        }
        if let Some(mode) = wanted.mode {
            key.value.set_mode(mode, now);
            work.stream_keys().update(&key).await?;
        }
        view_and_commit(work, app, id).await
    }
}
