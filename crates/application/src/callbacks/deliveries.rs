//! Lists what an app was told, and tells it again.

use domain::AppId;
use ports::store::{Delivery, Page, PageRequest, UnitOfWork};

use super::set::not_found;
use crate::{AppError, Application, Call, ErrorCode};

impl Application {
    /// A page of what the app was told, or will be, newest first.
    pub async fn list_deliveries(&self, app: AppId, page: PageRequest) -> Result<Page<Delivery>, AppError> {
        Ok(self.reading().await?.deliveries().list(app, page).await?)
    }

    /// Has the app told again of an event, soon, whatever became of it before. It holds no other back.
    ///
    /// # Errors
    /// `CALLBACK_NOT_FOUND`, `CALLBACK_DELIVERY_NOT_FOUND`.
    pub async fn redeliver(&self, call: impl Into<Call>, sequence: i64) -> Result<(), AppError> {
        let call = call.into();
        self.once(&call, |work| self.resume(&call, sequence, work))
            .await?;
        self.0.callback_changes.tell();
        Ok(())
    }

    async fn resume(
        &self,
        call: &Call,
        sequence: i64,
        mut work: Box<dyn UnitOfWork>,
    ) -> Result<(), AppError> {
        let now = self.parts().clock.now();
        if work.callbacks().get(call.app).await?.is_none() {
            return Err(not_found());
        }
        if !work.deliveries().resume(call.app, sequence, now).await? {
            return Err(AppError::new(
                ErrorCode::CallbackDeliveryNotFound,
                "there is no delivery of this id in this app",
            ));
        }
        call.keep(work.as_mut(), sequence, now).await?;
        Ok(work.commit().await?)
    }
}
