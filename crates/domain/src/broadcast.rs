//! The rule that moves a room and its stream key together.
//!
//! Each function is one row of the contract's table of events. It takes the key and the room **bound to it** (or
//! `None`), changes both or neither, and answers what else must go into the same transaction.

use crate::{
    Changes, DomainEvent, EntityState, MediaFailure, Member, PlaybackId, SessionId, StreamKey,
    StreamKeyEvent, StreamKeyMode, StreamKeySecret, Timestamp, Transition, TransitionError, VideoRoom,
    VideoRoomEvent, VideoRoomType,
};

/// A publishing session that asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its number.
    pub id: SessionId,
    /// Where it can be previewed.
    pub preview: PlaybackId,
    /// What it asks to be made of its media, if not what its key says.
    pub mode: Option<StreamKeyMode>,
}

/// **Ingest started**: lets a publisher in.
///
/// # Errors
/// [`TransitionError::StreamKeyNotFound`] for a deleted key, [`TransitionError::AlreadyPublishing`] for one that
/// another session holds.
pub fn ingest_started(
    key: &mut StreamKey,
    session: NewSession,
    now: Timestamp,
) -> Result<Changes, TransitionError> {
    if key.0.entity_state == EntityState::Deleted {
        return Err(TransitionError::StreamKeyNotFound);
    }
    let mut changes = Changes::default();
    move_key(key, StreamKeyEvent::IngestStarted, now, &mut changes)?;
    key.0.session = Some(session.id);
    key.0.preview = Some(session.preview);
    key.0.session_mode = Some(session.mode.unwrap_or(key.0.mode));
    key.0.forcibly_terminated = false;
    key.0.failure = None;
    Ok(changes)
}

/// **Became playable**: the session has its first complete segment. Says nothing new of any other session.
pub fn became_playable(
    key: &mut StreamKey,
    room: Option<&mut VideoRoom>,
    session: SessionId,
    now: Timestamp,
) -> Changes {
    let mut changes = Changes::default();
    if key.0.session == Some(session) {
        media_fact(
            key,
            room,
            StreamKeyEvent::BecamePlayable,
            VideoRoomEvent::BecamePlayable,
            now,
            &mut changes,
        );
    }
    changes
}

/// **Ingest stopped**: the session is gone, perhaps for a reason that the broadcaster should read.
pub fn ingest_stopped(
    key: &mut StreamKey,
    room: Option<&mut VideoRoom>,
    session: SessionId,
    failure: Option<MediaFailure>,
    now: Timestamp,
) -> Changes {
    let mut changes = Changes::default();
    if key.0.session == Some(session) {
        media_fact(
            key,
            room,
            StreamKeyEvent::IngestStopped,
            VideoRoomEvent::IngestStopped,
            now,
            &mut changes,
        );
        key.0.session = None;
        key.0.preview = None;
        key.0.failure = failure;
    }
    changes
}

/// **Takeover**: a new session replaces one that has fallen silent, which is sent off.
///
/// # Errors
/// As [`ingest_started`]; also [`TransitionError::AlreadyPublishing`] when `silent` is not the key's session any more.
pub fn take_over(
    key: &mut StreamKey,
    room: Option<&mut VideoRoom>,
    silent: SessionId,
    session: NewSession,
    now: Timestamp,
) -> Result<Changes, TransitionError> {
    if key.0.session != Some(silent) {
        return Err(TransitionError::AlreadyPublishing);
    }
    if key.0.entity_state == EntityState::Deleted {
        return Err(TransitionError::StreamKeyNotFound);
    }
    let mut changes = ingest_stopped(key, room, silent, None, now);
    changes.events.extend(ingest_started(key, session, now)?.events);
    changes.disconnect = Some(silent);
    Ok(changes)
}

/// **Start**: puts a scheduled room on air with its member's key.
///
/// # Errors
/// In the contract's order: the room's type, its state, the key's existence, the key's state.
pub fn start(
    room: &mut VideoRoom,
    key: Option<&mut StreamKey>,
    playback: PlaybackId,
    now: Timestamp,
) -> Result<Changes, TransitionError> {
    require_rtmp(room)?;
    room.0.state.on(VideoRoomEvent::Start)?;
    let key = existing(key)?;
    let mut changes = Changes::default();
    move_key(key, StreamKeyEvent::Start, now, &mut changes)?;
    key.0.video_room = Some(room.0.id);
    move_room(room, VideoRoomEvent::Start, now, &mut changes)?;
    room.0.live_started_at = Some(now);
    room.0.playback = Some(playback);
    Ok(changes)
}

/// **End**: ends an interrupted broadcast.
///
/// # Errors
/// In the contract's order: the room's type, its state, the key's existence, the key's state.
pub fn end(
    room: &mut VideoRoom,
    key: Option<&mut StreamKey>,
    now: Timestamp,
) -> Result<Changes, TransitionError> {
    require_rtmp(room)?;
    room.0.state.on(VideoRoomEvent::End)?;
    let key = existing(key)?;
    let mut changes = Changes::default();
    move_key(key, StreamKeyEvent::End, now, &mut changes)?;
    key.0.video_room = None;
    move_room(room, VideoRoomEvent::End, now, &mut changes)?;
    room.0.live_ended_at = Some(now);
    Ok(changes)
}

/// **Auto end**: ends a broadcast that has been interrupted since `since` or longer. Of any other nothing changes, nor of
/// one whose publisher is on its way back.
pub fn auto_end(
    room: &mut VideoRoom,
    key: Option<&mut StreamKey>,
    since: Timestamp,
    now: Timestamp,
) -> Changes {
    if room.0.interrupted_at.is_none_or(|at| at > since) {
        return Changes::default();
    }
    end(room, key, now).unwrap_or_default()
}

/// **Force terminate**: ends whatever goes on with the key, at once. Of an inactive key nothing at all changes.
pub fn force_terminate(
    key: &mut StreamKey,
    room: Option<&mut VideoRoom>,
    fresh: StreamKeySecret,
    now: Timestamp,
) -> Changes {
    let mut changes = Changes::default();
    release(key, room, StreamKeyEvent::ForceTerminate, now, &mut changes);
    if !changes.is_empty() {
        key.0.secret = fresh;
        key.0.forcibly_terminated = true;
    }
    changes
}

/// **Reissue**: gives an inactive key another key string.
///
/// # Errors
/// [`TransitionError::StreamKeyNotFound`] for a deleted key, [`TransitionError::StreamKeyStateNotInactive`] for one
/// in use.
pub fn reissue(key: &mut StreamKey, fresh: StreamKeySecret, now: Timestamp) -> Result<(), TransitionError> {
    let key = existing(Some(key))?;
    key.0.state.on(StreamKeyEvent::Reissue)?;
    key.0.secret = fresh;
    key.0.last_modified_at = now;
    Ok(())
}

/// **Cancel**: calls a scheduled room off.
///
/// # Errors
/// In the contract's order: the room's type, its state.
pub fn cancel(room: &mut VideoRoom, now: Timestamp) -> Result<Changes, TransitionError> {
    require_rtmp(room)?;
    let mut changes = Changes::default();
    move_room(room, VideoRoomEvent::Cancel, now, &mut changes)?;
    room.0.cancelled_at = Some(now);
    Ok(changes)
}

/// **Recording ready**: an ended room's recording can be played.
pub fn recording_ready(room: &mut VideoRoom, now: Timestamp) -> Changes {
    let mut changes = Changes::default();
    let _unrefusable = move_room(room, VideoRoomEvent::RecordingReady, now, &mut changes);
    changes
}

/// **Delete room**: takes the room off the air if it is on it (then `key` is the key bound to it), and deletes it.
pub fn delete_room(room: &mut VideoRoom, key: Option<&mut StreamKey>, now: Timestamp) -> Changes {
    let mut changes = Changes::default();
    if let Some(key) = key.filter(|key| key.0.video_room == Some(room.0.id)) {
        release(key, Some(room), StreamKeyEvent::DeleteRoom, now, &mut changes);
    }
    room.0.entity_state = EntityState::Deleted;
    room.0.last_modified_at = now;
    changes
}

/// **Delete member**: force-terminates its key and deletes both. Its scheduled rooms stay.
pub fn delete_member(
    member: &mut Member,
    key: &mut StreamKey,
    room: Option<&mut VideoRoom>,
    fresh: StreamKeySecret,
    now: Timestamp,
) -> Changes {
    let changes = force_terminate(key, room, fresh, now);
    key.0.entity_state = EntityState::Deleted;
    key.0.last_modified_at = now;
    member.state = EntityState::Deleted;
    member.last_modified_at = now;
    changes
}

/// Frees a key from its session and its room, ending both by force.
fn release(
    key: &mut StreamKey,
    room: Option<&mut VideoRoom>,
    event: StreamKeyEvent,
    now: Timestamp,
    changes: &mut Changes,
) {
    if move_key(key, event, now, changes) != Ok(true) {
        return;
    }
    changes.disconnect = key.0.session.take();
    key.0.preview = None;
    key.0.video_room = None;
    if let Some(room) = room
        && move_room(room, VideoRoomEvent::Terminate, now, changes) == Ok(true)
    {
        room.0.live_ended_at = Some(now);
        room.0.forcibly_terminated = true;
    }
}

/// Applies what the media server saw to both. Neither machine refuses a media fact.
fn media_fact(
    key: &mut StreamKey,
    room: Option<&mut VideoRoom>,
    key_event: StreamKeyEvent,
    room_event: VideoRoomEvent,
    now: Timestamp,
    changes: &mut Changes,
) {
    if move_key(key, key_event, now, changes) == Ok(true)
        && let Some(room) = room
    {
        let _unrefusable = move_room(room, room_event, now, changes);
    }
}

fn move_key(
    key: &mut StreamKey,
    event: StreamKeyEvent,
    now: Timestamp,
    changes: &mut Changes,
) -> Result<bool, TransitionError> {
    let Transition::To(state) = key.0.state.on(event)? else {
        return Ok(false);
    };
    key.0.state = state;
    key.0.last_modified_at = now;
    changes
        .events
        .push(DomainEvent::StreamKey { id: key.0.id, state });
    Ok(true)
}

fn move_room(
    room: &mut VideoRoom,
    event: VideoRoomEvent,
    now: Timestamp,
    changes: &mut Changes,
) -> Result<bool, TransitionError> {
    let Transition::To(state) = room.0.state.on(event)? else {
        return Ok(false);
    };
    room.0.state = state;
    room.0.interrupted_at = state.is_interrupted().then_some(now);
    room.0.last_modified_at = now;
    changes
        .events
        .push(DomainEvent::VideoRoom { id: room.0.id, state });
    Ok(true)
}

fn require_rtmp(room: &VideoRoom) -> Result<(), TransitionError> {
    if room.0.kind == VideoRoomType::BroadcastRtmp {
        Ok(())
    } else {
        Err(TransitionError::VideoRoomTypeNotBroadcastRtmp)
    }
}

fn existing(key: Option<&mut StreamKey>) -> Result<&mut StreamKey, TransitionError> {
    key.filter(|key| key.0.entity_state == EntityState::Active)
        .ok_or(TransitionError::StreamKeyNotFound)
}
