//! Publishers: letting them in, following what becomes of them, and sending them off.
//!
//! Media facts are levels, not edges: whoever follows a session writes its latest fact until the store agrees.
//! Nothing is queued, so an outage of the store loses nothing, and the media path waits for the store only while
//! a publisher has no verdict.

mod admit;
mod facts;
mod follow;
mod followed;
mod keep;
mod notes;
mod regain;
mod silence;

pub(crate) use facts::bound_room;
pub(crate) use followed::Followed;
pub(crate) use keep::Kept;
pub(crate) use notes::{Notes, STALE, since};

use std::time::Duration;

use domain::SessionId;
use ports::media::Cause;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::Application;

/// How often the store is asked what it wants of this process's sessions.
const TICK: Duration = Duration::from_secs(1);

impl Application {
    /// Lets publishers in and follows them, until the media server is shut down and the last fact is written.
    pub async fn run_ingest(&self) {
        let mut sessions = JoinSet::new();
        let knocking = async {
            loop {
                tokio::select! {
                    knock = self.parts().media.next_publish() => {
                        let Some(request) = knock else { break };
                        let application = self.clone();
                        sessions.spawn(async move { application.receive(request).await });
                    }
                    Some(ended) = sessions.join_next(), if !sessions.is_empty() => {
                        if let Err(error) = ended {
                            tracing::error!(%error, "following a publisher failed");
                        }
                    }
                }
            }
            while sessions.join_next().await.is_some() {}
        };
        tokio::pin!(knocking);
        let players = tokio::spawn({
            let application = self.clone();
            async move { application.receive_players().await }
        });
        tokio::select! {
            () = &mut knocking => {}
            () = self.keep_obeying() => {}
            () = self.keep_listening() => {}
            () = self.keep_noting() => {}
        }
        players.abort();
        self.kept().clear();
    }

    async fn keep_obeying(&self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.parts().store.told(&self.parts().node) => {}
            }
            self.obey().await;
        }
    }

    /// Does what the store wants of this process's sessions, and lets go of media that nobody may play any more.
    async fn obey(&self) {
        if let Err(error) = self.try_obey().await {
            tracing::debug!(error = %crate::error::chain(&error), "the store was not asked what it wants");
        }
    }

    async fn try_obey(&self) -> Result<(), crate::AppError> {
        let kept = self.kept().keys();
        // Asked for before the store is, so that whoever is let in meanwhile is not missed there.
        let followed = self.followed().all();
        let mut work = self.reading().await?;
        let wanted_gone = work.sessions().disconnects(&self.parts().node).await?;
        let on_air = if kept.is_empty() {
            Vec::new()
        } else {
            work.stream_keys().on_air(&kept).await?
        };
        let held = if followed.is_empty() {
            Vec::new()
        } else {
            work.sessions().held_by(&self.parts().node).await?
        };
        drop(work);
        let taken: Vec<_> = followed
            .into_iter()
            .filter(|session| !held.contains(session))
            .collect();
        // Another process changed what players here may see.
        for key in wanted_gone
            .iter()
            .chain(&taken)
            .filter_map(|session| self.followed().key_of(*session))
        {
            self.forget_playbacks_of(key);
        }
        for session in taken {
            self.followed().was_taken(session);
        }
        self.kept().retain(&kept, &on_air);
        for session in wanted_gone {
            self.send_off(session, Cause::Terminated).await;
        }
        Ok(())
    }

    /// Sends a publisher off, if it is here.
    pub(crate) async fn send_off(&self, session: SessionId, cause: Cause) {
        if let Err(error) = self.parts().media.disconnect(session, cause).await {
            tracing::debug!(%session, %error, "a publisher could not be sent off");
        }
    }

    fn followed(&self) -> &Followed {
        &self.0.followed
    }

    fn kept(&self) -> &Kept {
        &self.0.kept
    }
}
