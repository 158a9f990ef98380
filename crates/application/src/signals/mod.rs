//! Signals: what members' devices hear of, as it happens: changes of their own key, and of the rooms that they may watch.
//!
//! One task for each app that somebody of this process listens to reads the feed, and asks the store what it takes to tell
//! of an event: once, however many listen. Whoever listens gets all signals of the app, and passes over those that are not
//! for it.

mod channel;
mod gone;
mod listener;
mod signal;

pub(crate) use channel::Channels;
pub use listener::Listener;
pub use signal::Signal;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{
    AppId, DomainEvent, MemberId, StreamKeyId, StreamKeyMode, StreamKeyRecord, VideoRoomId, VideoRoomRecord,
};
use ports::store::{Event, UnitOfWork};

use crate::{AppError, Application};
use signal::Audience;

/// How many events become signals at a time.
const PAGE: u32 = 1000;

/// What the store says of the rooms and keys of some events.
struct Seen {
    rooms: HashMap<VideoRoomId, VideoRoomRecord>,
    keys: HashMap<StreamKeyId, StreamKeyRecord>,
    key_of: HashMap<MemberId, StreamKeyId>,
}

impl Seen {
    /// Reads them, in a fixed number of queries: the rooms, their members' keys, and the keys themselves.
    async fn read(work: &mut dyn UnitOfWork, events: &[Event]) -> Result<Self, AppError> {
        let (mut rooms, mut keys) = (HashSet::new(), HashSet::new());
        for event in events {
            match event.what {
                DomainEvent::VideoRoom { id, .. } => drop(rooms.insert(id)),
                DomainEvent::StreamKey { id, .. } => drop(keys.insert(id)),
            }
        }
        let rooms: Vec<_> = rooms.into_iter().collect();
        let rooms = work.video_rooms().several(&rooms).await?;
        let members: HashSet<_> = rooms.iter().map(|room| room.member).collect();
        let members: Vec<_> = members.into_iter().collect();
        let mut found = work.stream_keys().of_members(&members).await?;
        for key in &found {
            keys.remove(&key.id);
        }
        let keys: Vec<_> = keys.into_iter().collect();
        found.extend(work.stream_keys().several(&keys).await?);
        Ok(Self {
            rooms: rooms.into_iter().map(|room| (room.id, room)).collect(),
            key_of: found.iter().map(|key| (key.member, key.id)).collect(),
            keys: found.into_iter().map(|key| (key.id, key)).collect(),
        })
    }

    /// The signal of one of the events; nobody hears of what is not there any more.
    fn signal(&self, app: AppId, event: &Event, enforced: bool) -> Signal {
        match event.what {
            DomainEvent::VideoRoom { id, state } => {
                let room = self.rooms.get(&id);
                let key = room.and_then(|room| self.keys.get(self.key_of.get(&room.member)?));
                let playback = room.and_then(|room| room.playback.clone());
                let playback = playback.filter(|_| state.is_on_air());
                let mode = key.map_or(StreamKeyMode::Cmaf, StreamKeyRecord::effective_mode);
                let audience = room.map_or(Audience::Nobody, |room| Audience::of_room(room, enforced));
                Signal::new(app, event, playback.map(|id| (id, mode)), audience)
            }
            DomainEvent::StreamKey { id, state } => {
                let key = self.keys.get(&id);
                // What is shown is what can be played now: the session of then may be gone.
                let playable = key.filter(|key| state.is_playable() && key.state.is_playable());
                let preview = playable.and_then(|key| Some((key.preview.clone()?, key.effective_mode())));
                let audience = key.map_or(Audience::Nobody, |key| Audience::Owner(key.member));
                Signal::new(app, event, preview, audience)
            }
        }
    }
}

impl Application {
    /// The signals of these events of an app, in order. Of rooms with a whitelist they know who of `asked` is on it.
    async fn signals(
        &self,
        work: &mut dyn UnitOfWork,
        app: AppId,
        events: &[Event],
        asked: &Arc<HashSet<MemberId>>,
    ) -> Result<Vec<Arc<Signal>>, AppError> {
        let seen = Seen::read(work, events).await?;
        let enforced = self.parts().enforce_access_level;
        let mut signals: Vec<_> = events
            .iter()
            .map(|event| seen.signal(app, event, enforced))
            .collect();
        let listed: HashSet<_> = signals.iter().filter_map(Signal::room_with_whitelist).collect();
        if !listed.is_empty() {
            let rooms: Vec<_> = listed.into_iter().collect();
            let members: Vec<_> = asked.iter().copied().collect();
            let pairs = work.whitelist().among(&rooms, &members).await?;
            for signal in &mut signals {
                signal.know(asked, &pairs);
            }
        }
        Ok(signals.into_iter().map(Arc::new).collect())
    }

    fn channels(&self) -> &Channels {
        &self.0.channels
    }
}
