//! Members, keys and rooms in whatever state a test wants.

use domain::{
    AccessLevel, AppId, AppUserId, EntityState, Member, MemberId, MemberProfile, NewVideoRoom, PlaybackId,
    SessionId, StreamKey, StreamKeyId, StreamKeyRecord, StreamKeySecret, StreamKeyState, Timestamp, Title,
    VideoRoom, VideoRoomId, VideoRoomRecord, VideoRoomState, VideoRoomType, broadcast::NewSession,
};

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

pub(crate) fn playback_id(number: i64) -> PlaybackId {
    PlaybackId::parse(&format!("{number:026}")).unwrap()
}

pub(crate) fn new_session(number: i64) -> NewSession {
    NewSession {
        id: SessionId::new(number),
        preview: playback_id(number),
        mode: None,
    }
}

pub(crate) fn secret(number: i64) -> StreamKeySecret {
    StreamKeySecret::new(format!("secret-{number}"))
}

pub(crate) fn member(number: i64) -> Member {
    Member {
        id: MemberId::new(number),
        app: AppId::new(1),
        state: EntityState::Active,
        app_user_id: AppUserId::new(format!("member-{number}")).unwrap(),
        profile: MemberProfile::default(),
        created_at: at(0),
        last_modified_at: at(0),
    }
}

pub(crate) fn new_key(number: i64) -> StreamKey {
    let member = MemberId::new(number);
    StreamKey::new(
        StreamKeyId::new(number),
        AppId::new(1),
        member,
        secret(number),
        at(0),
    )
}

pub(crate) fn new_room(number: i64, member: i64, kind: VideoRoomType) -> VideoRoom {
    let wanted = NewVideoRoom {
        kind,
        title: Title::new("").unwrap(),
        description: None,
        access_level: AccessLevel::Public,
        scheduled_at: Some(at(1)),
    };
    let (id, member) = (VideoRoomId::new(number), MemberId::new(member));
    VideoRoom::new(id, AppId::new(1), member, wanted, "channel".to_owned(), at(0)).unwrap()
}

/// The key of member 1 in that state: published by session 1 if it is published, bound to `room` if it is on air.
pub(crate) fn key_in(state: StreamKeyState, room: VideoRoomId) -> StreamKey {
    let publishing = state.is_publishing();
    StreamKey::restore(StreamKeyRecord {
        state,
        session: publishing.then(|| SessionId::new(1)),
        preview: publishing.then(|| playback_id(1)),
        video_room: state.is_on_air().then_some(room),
        ..new_key(1).into_record()
    })
    .unwrap()
}

/// Room 1 of member 1 in that state.
pub(crate) fn room_in(state: VideoRoomState, kind: VideoRoomType) -> VideoRoom {
    use VideoRoomState::{Archived, Cancelled, Ended, Live, LiveInactive};
    let started = matches!(state, Live | LiveInactive | Ended | Archived);
    VideoRoom::restore(VideoRoomRecord {
        state,
        playback: started.then(|| playback_id(99)),
        live_started_at: started.then(|| at(2)),
        live_ended_at: matches!(state, Ended | Archived).then(|| at(3)),
        cancelled_at: (state == Cancelled).then(|| at(3)),
        ..new_room(1, 1, kind).into_record()
    })
    .unwrap()
}
