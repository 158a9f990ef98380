//! Gives a stream key another key string.

use domain::{StreamKeyId, broadcast};
use ports::store::{StreamKeyView, UnitOfWork};

use super::{load, view_and_commit};
use crate::once::Done;
use crate::{AppError, Application, Call, audit};

impl Application {
    /// Gives an inactive key another key string; the old one opens nothing from then on.
    ///
    /// # Errors
    /// In this order: `STREAM_KEY_NOT_FOUND`, `STREAM_KEY_STATE_NOT_INACTIVE`.
    pub async fn reissue_stream_key(
        &self,
        call: impl Into<Call>,
        id: StreamKeyId,
    ) -> Result<StreamKeyView, AppError> {
        let call = call.into();
        let done = self.once(&call, |work| self.try_reissue(work, &call, id)).await?;
        let Done::Now(view) = done else {
            return self.get_stream_key(call.app, id).await;
        };
        audit::key(call.app, id, "reissued");
        Ok(view)
    }

    async fn try_reissue(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        id: StreamKeyId,
    ) -> Result<StreamKeyView, AppError> {
        let now = self.parts().clock.now();
        let mut key = load(work.as_mut(), call.app, id).await?;
        broadcast::reissue(&mut key.value, self.parts().secrets.stream_key(), now)?;
        work.stream_keys().update(&key).await?;
        call.keep(work.as_mut(), id.get(), now).await?;
        view_and_commit(work, call.app, id).await
    }
}
