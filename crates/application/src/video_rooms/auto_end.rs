//! Ends rooms that have been interrupted for too long.

use std::time::Duration;

use domain::{AppId, Timestamp, VideoRoomId, broadcast};

use super::load;
use crate::audit::{By, Room};
use crate::retry::retrying;
use crate::{AppError, Application, ErrorCode};

/// How many rooms are looked for at a time. More are ended the next time.
const AT_A_TIME: u32 = 100;

impl Application {
    /// Ends every room that has been interrupted for `patience`. Of several processes that do so at once, one ends a
    /// room, and the others find it ended.
    pub(crate) async fn end_interrupted(&self, patience: Duration) -> Result<(), AppError> {
        let micros = i64::try_from(patience.as_micros()).unwrap_or(i64::MAX);
        let since = self.parts().clock.now().plus_micros(-micros);
        let mut work = self.reading().await?;
        let rooms = work.video_rooms().interrupted(since, AT_A_TIME).await?;
        drop(work);
        for (app, id) in rooms {
            if let Err(error) = retrying(|| self.try_auto_end(app, id, since)).await {
                if error.code() == ErrorCode::ServiceUnavailable {
                    // The next one would fare no better.
                    return Err(error);
                }
                let error = crate::error::chain(&error);
                tracing::warn!(app = %app, video_room = %id, error, "an interrupted room was not ended");
            }
        }
        Ok(())
    }

    async fn try_auto_end(&self, app: AppId, id: VideoRoomId, since: Timestamp) -> Result<(), AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let mut room = load(work.as_mut(), app, id).await?;
        let before = Room::from(room.value.record());
        let mut key = work.stream_keys().bound_to(id).await?;
        let bound = key.as_mut().map(|key| &mut key.value);
        let changes = broadcast::auto_end(&mut room.value, bound, since, now);
        if changes.is_empty() {
            return Ok(());
        }
        work.video_rooms().update(&room).await?;
        if let Some(key) = &key {
            work.stream_keys().update(key).await?;
        }
        work.events().append(app, &changes.events, now).await?;
        work.commit().await?;
        before.moved(By::AutoEnd, room.value.record().state);
        self.forget_playback(room.value.record().playback.as_ref());
        Ok(())
    }
}
