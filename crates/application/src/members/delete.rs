//! Deletes members, ending by force what goes on with their stream keys.

use std::collections::BTreeSet;

use domain::{AppId, AppUserId, DomainEvent, Timestamp, VideoRoomState, broadcast};
use ports::store::UnitOfWork;

use crate::audit::{By, Room};
use crate::ingest::bound_room;
use crate::retry::retrying;
use crate::stream_keys::Terminated;
use crate::{AppError, Application, audit};

/// How many members go in one transaction: others want to write too.
const AT_A_TIME: usize = 100;

/// What became of a member that is deleted.
struct Gone {
    /// Its room that was on air, and the state that it came into.
    room: Option<(Room, VideoRoomState)>,
    terminated: Terminated,
}

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
        let (mut events, mut deleted) = (Vec::new(), Vec::new());
        for id in ids {
            let gone = self
                .delete_member(work.as_mut(), app, id, now, &mut events)
                .await?;
            deleted.extend(gone.map(|gone| (id, gone)));
        }
        work.events().append(app, &events, now).await?;
        work.commit().await?;
        for (id, gone) in &deleted {
            audit::member_deleted(app, id);
            if let Some((before, now)) = gone.room {
                before.moved(By::App, now);
            }
        }
        Ok(deleted.into_iter().map(|(_, gone)| gone.terminated).collect())
    }

    /// Deletes one, and answers what is left to do; `None` if there is none of that id.
    async fn delete_member(
        &self,
        work: &mut dyn UnitOfWork,
        app: AppId,
        id: &AppUserId,
        now: Timestamp,
        events: &mut Vec<DomainEvent>,
    ) -> Result<Option<Gone>, AppError> {
        let Some(mut member) = work.members().find(app, id).await? else {
            return Ok(None);
        };
        let key = work.stream_keys().by_member(member.value.id).await?;
        let mut key = key.ok_or_else(AppError::stream_key_not_found)?;
        let mut room = bound_room(work, &key.value).await?;
        let before = room.as_ref().map(|room| Room::from(room.value.record()));
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
        let room = room.map(|room| room.value.into_record());
        Ok(Some(Gone {
            room: before.zip(room.as_ref().map(|room| room.state)),
            terminated: Terminated {
                playback: room.and_then(|room| room.playback),
                publisher: changes.disconnect,
            },
        }))
    }
}
