//! Video rooms: one broadcast each.

mod state;
mod values;

pub use state::{VideoRoomEvent, VideoRoomState};
pub use values::{AccessLevel, CreatorType, Description, Title, VideoFormat, VideoRoomType, VodState};

use crate::{AppId, EntityState, InvalidRecord, MemberId, PlaybackId, Timestamp, ValueError, VideoRoomId};

/// Everything that is stored of a video room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoRoomRecord {
    /// The store's number for it.
    pub id: VideoRoomId,
    /// The app that it belongs to.
    pub app: AppId,
    /// The member who broadcasts.
    pub member: MemberId,
    /// Whether the record is there.
    pub entity_state: EntityState,
    /// What it is doing.
    pub state: VideoRoomState,
    /// How members interact in it.
    pub kind: VideoRoomType,
    /// Who made it.
    pub creator_type: CreatorType,
    /// The number of who made it: a user's, an app's or a member's.
    pub creator_id: i64,
    /// Who may watch it.
    pub access_level: AccessLevel,
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Option<Description>,
    /// When it is meant to begin; for display only.
    pub scheduled_at: Option<Timestamp>,
    /// The key of its chat channel, fixed when the room is made.
    pub channel_key: String,
    /// Where it is played: minted at the start, kept for good.
    pub playback: Option<PlaybackId>,
    /// When it went on air.
    pub live_started_at: Option<Timestamp>,
    /// When it was over.
    pub live_ended_at: Option<Timestamp>,
    /// When it was called off.
    pub cancelled_at: Option<Timestamp>,
    /// It was ended by force.
    pub forcibly_terminated: bool,
    /// What became of its recording.
    pub vod_state: VodState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub last_modified_at: Timestamp,
}

/// What an app says of a room that it wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVideoRoom {
    /// How members interact in it.
    pub kind: VideoRoomType,
    /// Its title, empty if there is none.
    pub title: Title,
    /// Its description.
    pub description: Option<Description>,
    /// Who may watch it.
    pub access_level: AccessLevel,
    /// When it is meant to begin.
    pub scheduled_at: Option<Timestamp>,
}

/// A video room whose state, address and times agree. Only [`crate::broadcast`] changes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoRoom(pub(crate) VideoRoomRecord);

impl VideoRoom {
    /// The record of a new room, made by the app itself; `id` is the store's to give.
    ///
    /// # Errors
    /// [`ValueError::EmptyVideoRoomScheduledAt`] for a broadcast by RTMP without a time.
    pub fn new(
        id: VideoRoomId,
        app: AppId,
        member: MemberId,
        wanted: NewVideoRoom,
        channel_key: String,
        now: Timestamp,
    ) -> Result<Self, ValueError> {
        let state = match (wanted.kind, wanted.scheduled_at) {
            (VideoRoomType::BroadcastRtmp, None) => return Err(ValueError::EmptyVideoRoomScheduledAt),
            (_, Some(_)) => VideoRoomState::Scheduled,
            (_, None) => VideoRoomState::Active,
        };
        Ok(Self(VideoRoomRecord {
            id,
            app,
            member,
            entity_state: EntityState::Active,
            state,
            kind: wanted.kind,
            creator_type: CreatorType::App,
            creator_id: app.get(),
            access_level: wanted.access_level,
            title: wanted.title,
            description: wanted.description,
            scheduled_at: wanted.scheduled_at,
            channel_key,
            playback: None,
            live_started_at: None,
            live_ended_at: None,
            cancelled_at: None,
            forcibly_terminated: false,
            vod_state: VodState::NotArchived,
            created_at: now,
            last_modified_at: now,
        }))
    }

    /// Takes a stored record, or says why no room can be like that.
    pub fn restore(record: VideoRoomRecord) -> Result<Self, InvalidRecord> {
        let started = match record.state {
            VideoRoomState::Live
            | VideoRoomState::LiveInactive
            | VideoRoomState::Ended
            | VideoRoomState::Archived => true,
            VideoRoomState::Scheduled | VideoRoomState::Active | VideoRoomState::Cancelled => false,
        };
        if started != record.playback.is_some() || started != record.live_started_at.is_some() {
            return Err(InvalidRecord(
                "a video room has a playback id and a time of start exactly since its start",
            ));
        }
        if (started && !record.state.is_on_air()) != record.live_ended_at.is_some() {
            return Err(InvalidRecord(
                "a video room has a time of end exactly since its end",
            ));
        }
        if (record.state == VideoRoomState::Cancelled) != record.cancelled_at.is_some() {
            return Err(InvalidRecord(
                "a video room has a time of cancellation exactly since it was cancelled",
            ));
        }
        if record.entity_state == EntityState::Deleted && record.state.is_on_air() {
            return Err(InvalidRecord("a deleted video room is not on air"));
        }
        Ok(Self(record))
    }

    /// All that there is to know of the room.
    pub const fn record(&self) -> &VideoRoomRecord {
        &self.0
    }

    /// The same, without the entity around it.
    pub fn into_record(self) -> VideoRoomRecord {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(kind: VideoRoomType, at: Option<i64>) -> NewVideoRoom {
        NewVideoRoom {
            kind,
            title: Title::new("").unwrap(),
            description: None,
            access_level: AccessLevel::Public,
            scheduled_at: at.map(Timestamp::from_micros),
        }
    }

    fn make(kind: VideoRoomType, at: Option<i64>) -> Result<VideoRoom, ValueError> {
        let (id, app, member) = (VideoRoomId::new(1), AppId::new(7), MemberId::new(1));
        VideoRoom::new(
            id,
            app,
            member,
            wanted(kind, at),
            "c".into(),
            Timestamp::from_micros(5),
        )
    }

    #[test]
    fn an_rtmp_broadcast_needs_a_time() {
        assert_eq!(
            make(VideoRoomType::BroadcastRtmp, None).unwrap_err(),
            ValueError::EmptyVideoRoomScheduledAt
        );
        let room = make(VideoRoomType::BroadcastRtmp, Some(1)).unwrap();
        assert_eq!(room.record().state, VideoRoomState::Scheduled);
        assert_eq!(room.record().creator_id, 7);
    }

    #[test]
    fn another_type_is_scheduled_with_a_time_and_active_without() {
        let room = |at| make(VideoRoomType::VideoConference, at).unwrap().record().state;
        assert_eq!(room(Some(1)), VideoRoomState::Scheduled);
        assert_eq!(room(None), VideoRoomState::Active);
    }

    #[test]
    fn a_record_whose_state_and_times_disagree_is_not_a_room() {
        let good = make(VideoRoomType::BroadcastRtmp, Some(1)).unwrap().0;
        assert!(VideoRoom::restore(good.clone()).is_ok());
        assert!(
            VideoRoom::restore(VideoRoomRecord {
                state: VideoRoomState::Live,
                ..good.clone()
            })
            .is_err()
        );
        let ended = VideoRoomRecord {
            live_ended_at: Some(Timestamp::from_micros(9)),
            ..good.clone()
        };
        assert!(VideoRoom::restore(ended).is_err());
        let cancelled = VideoRoomRecord {
            state: VideoRoomState::Cancelled,
            ..good
        };
        assert!(VideoRoom::restore(cancelled).is_err());
    }
}
