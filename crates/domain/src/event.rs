//! What a change of state leaves behind: facts for the feed, and what is wanted of a publisher.

use crate::{SessionId, StreamKeyId, StreamKeyState, VideoRoomId, VideoRoomState};

/// A fact that others will be told of: an entity came into this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainEvent {
    /// A room was made in, or moved to, this state.
    VideoRoom {
        /// Which room.
        id: VideoRoomId,
        /// Its new state.
        state: VideoRoomState,
    },
    /// A stream key moved to this state.
    StreamKey {
        /// Which key.
        id: StreamKeyId,
        /// Its new state.
        state: StreamKeyState,
    },
}

impl DomainEvent {
    /// What others are told that happened: `VIDEO_ROOM_` or `STREAM_KEY_`, and the new state.
    pub fn name(self) -> String {
        match self {
            Self::VideoRoom { state, .. } => format!("VIDEO_ROOM_{}", state.name()),
            Self::StreamKey { state, .. } => format!("STREAM_KEY_{}", state.name()),
        }
    }
}

/// What a rule changed beside the entities themselves. All of it belongs into the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// What happened, in order.
    pub events: Vec<DomainEvent>,
    /// The publishing session that must be sent off, if any.
    pub disconnect: Option<SessionId>,
}

impl Changes {
    /// Whether nothing changed, so that there is nothing to save.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.disconnect.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_called_by_its_entity_and_the_new_state() {
        let room = DomainEvent::VideoRoom {
            id: VideoRoomId::new(1),
            state: VideoRoomState::LiveInactive,
        };
        let key = DomainEvent::StreamKey {
            id: StreamKeyId::new(1),
            state: StreamKeyState::Active,
        };
        assert_eq!(room.name(), "VIDEO_ROOM_LIVE_INACTIVE");
        assert_eq!(key.name(), "STREAM_KEY_ACTIVE");
    }
}
