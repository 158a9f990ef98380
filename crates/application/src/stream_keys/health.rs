//! How the ingest of a stream key is doing.

use domain::{AppId, EntityState, StreamKeyId};
use ports::media::Health;

use crate::ingest::{STALE, since};
use crate::{AppError, Application};

impl Application {
    /// How what is published with a key is doing now; nothing while nobody publishes. Of a publisher of another process,
    /// what that noted some seconds ago.
    ///
    /// # Errors
    /// `STREAM_KEY_NOT_FOUND`.
    pub async fn stream_key_health(&self, app: AppId, id: StreamKeyId) -> Result<Health, AppError> {
        let mut work = self.reading().await?;
        let key = work.stream_keys().get(id).await?;
        let key = key
            .map(|key| key.value.into_record())
            .filter(|key| key.app == app && key.entity_state == EntityState::Active)
            .ok_or_else(AppError::stream_key_not_found)?;
        let Some(session) = key.session else {
            return Ok(Health::default());
        };
        if let Some(health) = self.parts().media.health(session) {
            return Ok(health);
        }
        let noted = work.ingest_health().latest(session).await?;
        let now = self.parts().clock.now();
        let fresh = noted.filter(|(_, at)| since(*at, now) < STALE);
        Ok(fresh.map(|(health, _)| health).unwrap_or_default())
    }
}
