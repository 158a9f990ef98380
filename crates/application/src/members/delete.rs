//! Deletes members, ending by force what goes on with their stream keys.

use std::collections::BTreeSet;

use domain::{AppId, AppUserId, DomainEvent, Timestamp, broadcast};
use ports::store::UnitOfWork;

use crate::ingest::bound_room;
use crate::retry::retrying;
use crate::stream_keys::Terminated;
use crate::{AppError, Application};

/// How many members go in one transaction: others want to write too.
const AT_A_TIME: usize = 100;

impl Application {
    /// Deletes these members; ids that no member has are passed over. Of a hundred either all are deleted or none.
    pub async fn delete_members(&self, app: AppId, app_user_ids: &[&str]) -> Result<(), AppError> {
        let ids = app_user_ids.iter().filter_map(|id| AppUserId::new(*id).ok());
        // Each once, and in one order, so that two who delete the same members never wait crosswise.
        let ids = Vec::from_iter(ids.collect::<BTreeSet<_>>());
        for some in ids.chunks(AT_A_TIME) {
            for terminated in retrying(|| self.try_delete_members(app, some)).await? {
                self.finish_termination(terminated).await;
            }
        }
        Ok(())
    }

    async fn try_delete_members(&self, app: AppId, ids: &[AppUserId]) -> Result<Vec<Terminated>, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let (mut events, mut terminated) = (Vec::new(), Vec::new());
        for id in ids {
            let deleted = self
                .delete_member(work.as_mut(), app, id, now, &mut events)
                .await?;
            terminated.extend(deleted);
        }
        work.events().append(app, &events, now).await?;
        work.commit().await?;
        tracing::info!(app = %app, members = terminated.len(), "members are deleted");
        Ok(terminated)
    }

    /// Deletes one, and answers what is left to do; `None` if there is none of that id.
    async fn delete_member(
        &self,
        work: &mut dyn UnitOfWork,
        app: AppId,
        id: &AppUserId,
        now: Timestamp,
        events: &mut Vec<DomainEvent>,
    ) -> Result<Option<Terminated>, AppError> {
        let Some(mut member) = work.members().find(app, id).await? else {
            return Ok(None);
        };
        let key = work.stream_keys().by_member(member.value.id).await?;
        let mut key = key.ok_or_else(AppError::stream_key_not_found)?;
        let mut room = bound_room(work, &key.value).await?;
        let fresh = self.parts().secrets.stream_key();
        let bound = room.as_mut().map(|room| &mut room.value);
        let changes = broadcast::delete_member(&mut member.value, &mut key.value, bound, fresh, now);
        work.stream_keys().update(&key).await?;
        work.members().update(&member).await?;
        work.whitelist().forget(member.value.id).await?;
        if let Some(room) = &room {
            work.video_rooms().update(room).await?;
        }
        if let Some(session) = changes.disconnect {
            work.sessions().ask_disconnect(session).await?;
        }
        events.extend(changes.events);
        Ok(Some(Terminated {
            playback: room.and_then(|room| room.value.into_record().playback),
            publisher: changes.disconnect,
        }))
    }
}
