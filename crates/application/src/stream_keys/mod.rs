//! Stream keys: reading and changing them, and ending what goes on with one.

mod force_terminate;
mod get;
mod health;
mod list;
mod reissue;
mod update;

pub(crate) use force_terminate::Terminated;
pub use update::UpdateStreamKey;

use domain::{AppId, EntityState, StreamKey, StreamKeyId};
use ports::store::{StreamKeyView, UnitOfWork, Versioned};

use crate::AppError;

/// The key of that app, ready to be changed.
async fn load(
    work: &mut dyn UnitOfWork,
    app: AppId,
    id: StreamKeyId,
) -> Result<Versioned<StreamKey>, AppError> {
    let found = work.stream_keys().get(id).await?;
    found
        .filter(|key| {
            let key = key.value.record();
            key.app == app && key.entity_state == EntityState::Active
        })
        .ok_or_else(AppError::stream_key_not_found)
}

/// The key as the unit of work left it, then committed.
async fn view_and_commit(
    mut work: Box<dyn UnitOfWork>,
    app: AppId,
    id: StreamKeyId,
) -> Result<StreamKeyView, AppError> {
    let view = work
        .stream_keys()
        .view(app, id)
        .await?
        .ok_or_else(AppError::stream_key_not_found)?;
    work.commit().await?;
    Ok(view)
}
