//! Playing: what a playback id leads to, and who may see it.

mod cache;
mod entry;
mod rtmp;

pub(crate) use cache::Cache;
pub use entry::{Entry, Ticket};

use domain::{PlaybackId, StreamKeyId, Timestamp};
use ports::media::{Answer, Body, Directives, Freshness, OriginError, PlayPath, View};
use ports::store::Playback;

use crate::{AppError, Application};

impl Application {
    /// What a playback id leads to, if that is known without the store; then at once, and on any thread. `None`
    /// asks the caller for [`Application::resolve`].
    pub fn resolved(&self, id: &PlaybackId) -> Option<Result<Playback, AppError>> {
        let known = self.0.playbacks.get(id)?;
        Some(known.map_err(|_miss| AppError::nothing_to_play()))
    }

    /// What a playback id leads to, as the store says; as it was known last when the store does not answer.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND` for an id that leads nowhere, or not any more.
    pub async fn resolve(&self, id: &PlaybackId) -> Result<Playback, AppError> {
        let reading = self.0.playbacks.reading();
        let found = match self.reading().await {
            Ok(mut work) => work.video_rooms().playback(id).await.map_err(AppError::from),
            Err(error) => Err(error),
        };
        match found {
            Ok(playback) => {
                self.0.playbacks.put(id, playback.clone(), reading);
                playback.ok_or_else(AppError::nothing_to_play)
            }
            Err(error) => self.0.playbacks.last_known(id).ok_or(error),
        }
    }

    /// Answers a player that was let in ([`Application::entered`]), perhaps after waiting for media that is about to
    /// come, or with where it is. Never touches the store, runs on any thread, and may be dropped at any time.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND`, `SERVICE_UNAVAILABLE` while
    /// there is nothing to play yet, and `INVALID_REQUEST_PARAMETER` for directives that are far in the future.
    pub async fn play(
        &self,
        playback: &Playback,
        resource: &str,
        directives: Directives,
    ) -> Result<Answer, AppError> {
        if let Some(url) = self.elsewhere(playback)? {
            return Ok(Answer {
                body: Body::Elsewhere(url.to_owned()),
                content_type: "",
                freshness: Freshness::Never,
                tag: None,
            });
        }
        let resource = resource.to_owned();
        let path = match *playback {
            Playback::Room { key, from, until, .. } => PlayPath {
                key,
                view: View::Broadcast { from, until },
                resource,
            },
            Playback::Preview { key, session, .. } => PlayPath {
                key,
                view: View::Preview(session),
                resource,
            },
        };
        Ok(self.parts().origin.fetch(&path, directives).await?)
    }

    /// Where the process is that holds the media, if that is another one. What is over for so long that nobody holds it
    /// any more is nowhere else.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when that process is dead: until its publisher comes back there is nothing to play.
    fn elsewhere<'a>(&self, playback: &'a Playback) -> Result<Option<&'a str>, AppError> {
        let (holder, until) = match playback {
            Playback::Room { holder, until, .. } => (holder, *until),
            Playback::Preview { holder, .. } => (holder, None),
        };
        let is_freed = until.is_some_and(|until| until <= self.freed_before(self.parts().clock.now()));
        match holder {
            Some(holder) if holder.node != self.parts().node && !is_freed => match &holder.url {
                Some(url) if !self.takes_for_dead(holder) => Ok(Some(url)),
                Some(_) | None => Err(OriginError::NotYet.into()),
            },
            Some(_) | None => Ok(None),
        }
    }

    /// The media of what was over before this moment is held by nobody any more.
    pub(crate) fn freed_before(&self, now: Timestamp) -> Timestamp {
        let lingers = i64::try_from(self.parts().origin.lingers().as_micros()).unwrap_or(i64::MAX);
        now.plus_micros(-lingers)
    }

    /// Has the store asked anew, next time, what this id leads to.
    pub(crate) fn forget_playback(&self, id: Option<&PlaybackId>) {
        if let Some(id) = id {
            self.0.playbacks.forget(id);
        }
    }

    /// The same for all that is played with a key.
    pub(crate) fn forget_playbacks_of(&self, key: StreamKeyId) {
        self.0.playbacks.forget_of(key);
    }
}
