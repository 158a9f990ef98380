//! Lists stream keys.

use ports::store::{Page, PageRequest, StreamKeyFilter, StreamKeyView};

use crate::{AppError, Application};

impl Application {
    /// A page of an app's stream keys, newest first; an empty one past the end.
    pub async fn list_stream_keys(
        &self,
        filter: StreamKeyFilter,
        page: PageRequest,
    ) -> Result<Page<StreamKeyView>, AppError> {
        Ok(self.reading().await?.stream_keys().list(&filter, page).await?)
    }
}
