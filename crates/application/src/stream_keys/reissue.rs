//! Gives a stream key another key string.

use domain::{AppId, StreamKeyId, broadcast};
use ports::store::StreamKeyView;

use super::{load, view_and_commit};
use crate::retry::retrying;
use crate::{AppError, Application};

impl Application {
    /// Gives an inactive key another key string; the old one opens nothing from then on.
    ///
    /// # Errors
    /// In this order: `STREAM_KEY_NOT_FOUND`, `STREAM_KEY_STATE_NOT_INACTIVE`.
    pub async fn reissue_stream_key(&self, app: AppId, id: StreamKeyId) -> Result<StreamKeyView, AppError> {
        let view = retrying(|| self.try_reissue(app, id)).await?;
        tracing::info!(app = %app, stream_key = %id, "the stream key is reissued");
        Ok(view)
    }

    async fn try_reissue(&self, app: AppId, id: StreamKeyId) -> Result<StreamKeyView, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let mut key = load(work.as_mut(), app, id).await?;
        broadcast::reissue(&mut key.value, self.parts().secrets.stream_key(), now)?;
        work.stream_keys().update(&key).await?;
        view_and_commit(work, app, id).await
    }
}
