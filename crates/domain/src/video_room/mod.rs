//! Video rooms: one broadcast each.

mod state;
mod values;

pub use state::{VideoRoomEvent, VideoRoomState};
pub use values::{AccessLevel, CreatorType, Description, Title, VideoFormat, VideoRoomType, VodState};

use crate::{
    AppId, EntityState, InvalidRecord, MemberId, PlaybackId, Timestamp, TransitionError, ValueError,
    VideoRoomId,
};

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
    /// Since when it is interrupted, if it is.
    pub interrupted_at: Option<Timestamp>,
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

/// What an app wants otherwise of a room that is there. A field that is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VideoRoomChange {
    /// Another title.
    pub title: Option<Title>,
    /// Another description, or none.
    pub description: Option<Option<Description>>,
    /// Others may watch it.
    pub access_level: Option<AccessLevel>,
    /// It is meant to begin at another time.
    pub scheduled_at: Option<Timestamp>,
}

/// A video room whose state, address and times agree. Only [`crate::broadcast`] changes what it is doing.
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
            interrupted_at: None,
            live_ended_at: None,
            cancelled_at: None,
            forcibly_terminated: false,
            vod_state: VodState::NotArchived,
            created_at: now,
            last_modified_at: now,
        }))
    }

    /// Takes a stored record, or says why no room can be like that. A record that was written before interruptions
    /// were is interrupted since its last change.
    pub fn restore(mut record: VideoRoomRecord) -> Result<Self, InvalidRecord> {
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
        record.interrupted_at = record
            .state
            .is_interrupted()
            .then(|| record.interrupted_at.unwrap_or(record.last_modified_at));
        Ok(Self(record))
    }

    /// Describes the room otherwise. A wish for nothing changes nothing.
    ///
    /// # Errors
    /// [`TransitionError::VideoRoomStateNotScheduled`] for another time of a room that is past its schedule; then
    /// nothing is changed.
    pub fn change(&mut self, wanted: VideoRoomChange, now: Timestamp) -> Result<(), TransitionError> {
        if wanted == VideoRoomChange::default() {
            return Ok(());
        }
        let room = &mut self.0;
        if let Some(at) = wanted.scheduled_at {
            if !room.state.is_scheduled() {
                return Err(TransitionError::VideoRoomStateNotScheduled);
            }
            room.scheduled_at = Some(at);
        }
        if let Some(title) = wanted.title {
            room.title = title;
        }
        if let Some(description) = wanted.description {
            room.description = description;
        }
        if let Some(level) = wanted.access_level {
            room.access_level = level;
        }
        room.last_modified_at = now;
        Ok(())
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
    fn a_room_is_described_otherwise_as_far_as_is_wished() {
        let mut room = make(VideoRoomType::BroadcastRtmp, Some(1)).unwrap();
        let before = room.clone();
        let (later, at) = (Timestamp::from_micros(9), Timestamp::from_micros(7));
        room.change(VideoRoomChange::default(), later).unwrap();
        assert_eq!(room, before, "a wish for nothing");
        let wish = VideoRoomChange {
            description: Some(Description::new("d").ok()),
            access_level: Some(AccessLevel::Private),
            scheduled_at: Some(at),
            ..VideoRoomChange::default()
        };
        room.change(wish, later).unwrap();
        let expected = VideoRoomRecord {
            description: Description::new("d").ok(),
            access_level: AccessLevel::Private,
            scheduled_at: Some(at),
            last_modified_at: later,
            ..before.0
        };
        assert_eq!(room.0, expected);
    }

    #[test]
    fn the_time_of_a_room_past_its_schedule_stays() {
        let mut room = make(VideoRoomType::BroadcastRtmp, Some(1)).unwrap();
        crate::broadcast::cancel(&mut room, Timestamp::from_micros(6)).unwrap();
        let cancelled = room.clone();
        let wish = VideoRoomChange {
            title: Title::new("t").ok(),
            scheduled_at: Some(Timestamp::from_micros(7)),
            ..VideoRoomChange::default()
        };
        let refused = room.change(wish.clone(), Timestamp::from_micros(9));
        assert_eq!(refused, Err(TransitionError::VideoRoomStateNotScheduled));
        assert_eq!(room, cancelled, "nothing of it");
        let wish = VideoRoomChange {
            scheduled_at: None,
            ..wish
        };
        room.change(wish, Timestamp::from_micros(9)).unwrap();
        assert_eq!(room.0.title.as_str(), "t");
    }

    #[test]
    fn a_record_says_since_when_it_is_interrupted_exactly_while_it_is() {
        let scheduled = make(VideoRoomType::BroadcastRtmp, Some(1)).unwrap().0;
        let stored = |state, interrupted_at: Option<i64>| {
            let record = VideoRoomRecord {
                state,
                playback: crate::PlaybackId::parse(&"1".repeat(26)),
                live_started_at: Some(Timestamp::from_micros(6)),
                interrupted_at: interrupted_at.map(Timestamp::from_micros),
                last_modified_at: Timestamp::from_micros(9),
                ..scheduled.clone()
            };
            let restored = VideoRoom::restore(record).unwrap();
            restored.0.interrupted_at.map(Timestamp::micros)
        };
        assert_eq!(stored(VideoRoomState::LiveInactive, Some(7)), Some(7));
        assert_eq!(stored(VideoRoomState::LiveInactive, None), Some(9));
        assert_eq!(stored(VideoRoomState::Live, Some(7)), None);
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
