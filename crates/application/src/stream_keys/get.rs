//! Reads a stream key.

use domain::{AppId, StreamKeyId};
use ports::store::StreamKeyView;

use crate::{AppError, Application};

impl Application {
    /// The stream key of that id.
    ///
    /// # Errors
    /// `STREAM_KEY_NOT_FOUND`.
    pub async fn get_stream_key(&self, app: AppId, id: StreamKeyId) -> Result<StreamKeyView, AppError> {
        let view = self.reading().await?.stream_keys().view(app, id).await?;
        view.ok_or_else(AppError::stream_key_not_found)
    }
}
