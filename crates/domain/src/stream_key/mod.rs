//! Stream keys: one for each member, reused for every broadcast of that member.

mod state;

pub use state::{StreamKeyEvent, StreamKeyState};

use crate::text::named_enum;
use crate::{
    AppId, EntityState, InvalidRecord, MemberId, PlaybackId, SessionId, StreamKeyId, StreamKeySecret,
    Timestamp, VideoRoomId,
};

impl StreamKeyMode {
    /// Whether there is HLS and DASH.
    pub const fn packages(self) -> bool {
        matches!(self, Self::Cmaf | Self::RtmpCmaf)
    }

    /// Whether there is RTMP and HTTP-FLV.
    pub const fn relays(self) -> bool {
        matches!(self, Self::Rtmp | Self::RtmpCmaf)
    }
}

named_enum! {
    /// What is made of a key's media.
    StreamKeyMode {
        /// HLS and DASH.
        Cmaf = "CMAF",
        /// RTMP and HTTP-FLV.
        Rtmp = "RTMP",
        /// All of them.
        RtmpCmaf = "RTMP_CMAF",
    }
}

/// The last thing that went wrong with a key's media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFailure {
    /// What went wrong, for the broadcaster to read.
    pub message: String,
    /// When.
    pub occurred_at: Timestamp,
}

/// Everything that is stored of a stream key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamKeyRecord {
    /// The store's number for it.
    pub id: StreamKeyId,
    /// The app that it belongs to.
    pub app: AppId,
    /// The member that it belongs to.
    pub member: MemberId,
    /// Whether the key is there; it goes with its member.
    pub entity_state: EntityState,
    /// What it is doing.
    pub state: StreamKeyState,
    /// The key string, with which a publisher shows that it may publish.
    pub secret: StreamKeySecret,
    /// What is made of its media.
    pub mode: StreamKeyMode,
    /// What is made of the latest publisher's media.
    pub session_mode: Option<StreamKeyMode>,
    /// The session that publishes with it: there exactly while somebody publishes.
    pub session: Option<SessionId>,
    /// Where the current session can be previewed: there exactly while somebody publishes.
    pub preview: Option<PlaybackId>,
    /// The room that is on air with it: there exactly while one is.
    pub video_room: Option<VideoRoomId>,
    /// The last broadcast was ended by force; until the next ingest.
    pub forcibly_terminated: bool,
    /// The last thing that went wrong with its media.
    pub failure: Option<MediaFailure>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub last_modified_at: Timestamp,
}

impl StreamKeyRecord {
    /// What is made of the latest publisher's media; before the first, of the next one's.
    pub fn effective_mode(&self) -> StreamKeyMode {
        self.session_mode.unwrap_or(self.mode)
    }
}

/// A stream key whose state, session and room agree. Only [`crate::broadcast`] changes
/// what it is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamKey(pub(crate) StreamKeyRecord);

impl StreamKey {
    /// The record of a key for a new member; `id` is the store's to give.
    pub const fn new(
        id: StreamKeyId,
        app: AppId,
        member: MemberId,
        secret: StreamKeySecret,
        now: Timestamp,
    ) -> Self {
        Self(StreamKeyRecord {
            id,
            app,
            member,
            entity_state: EntityState::Active,
            state: StreamKeyState::Inactive,
            secret,
            mode: StreamKeyMode::Cmaf,
            session_mode: None,
            session: None,
            preview: None,
            video_room: None,
            forcibly_terminated: false,
            failure: None,
            created_at: now,
            last_modified_at: now,
        })
    }

    /// Takes a stored record, or says why no key can be like that.
    pub fn restore(record: StreamKeyRecord) -> Result<Self, InvalidRecord> {
        if record.state.is_publishing() != record.session.is_some() {
            return Err(InvalidRecord(
                "a stream key has a session exactly while somebody publishes with it",
            ));
        }
        if record.session.is_some() != record.preview.is_some() {
            return Err(InvalidRecord(
                "a stream key has a preview exactly while it has a session",
            ));
        }
        if record.state.is_on_air() != record.video_room.is_some() {
            return Err(InvalidRecord(
                "a stream key has a video room exactly while one is on air with it",
            ));
        }
        Ok(Self(record))
    }

    /// Has another thing made of the key's media, from the next publisher on.
    pub const fn set_mode(&mut self, mode: StreamKeyMode, now: Timestamp) {
        self.0.mode = mode;
        self.0.last_modified_at = now;
    }

    /// All that there is to know of the key.
    pub const fn record(&self) -> &StreamKeyRecord {
        &self.0
    }

    /// The same, without the entity around it.
    pub fn into_record(self) -> StreamKeyRecord {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> StreamKeyRecord {
        StreamKey::new(
            StreamKeyId::new(1),
            AppId::new(1),
            MemberId::new(1),
            StreamKeySecret::new("s"),
            Timestamp::from_micros(0),
        )
        .0
    }

    #[test]
    fn a_record_whose_state_and_session_disagree_is_not_a_key() {
        assert!(StreamKey::restore(record()).is_ok());
        let lost = StreamKeyRecord {
            state: StreamKeyState::Active,
            ..record()
        };
        assert!(StreamKey::restore(lost).is_err());
        let haunted = StreamKeyRecord {
            session: Some(SessionId::new(1)),
            ..record()
        };
        assert!(StreamKey::restore(haunted).is_err());
    }

    #[test]
    fn a_record_whose_state_and_room_disagree_is_not_a_key() {
        let lost = StreamKeyRecord {
            state: StreamKeyState::InactiveLive,
            ..record()
        };
        assert!(StreamKey::restore(lost).is_err());
        let bound = StreamKeyRecord {
            video_room: Some(VideoRoomId::new(1)),
            ..record()
        };
        assert!(StreamKey::restore(bound).is_err());
    }
}
