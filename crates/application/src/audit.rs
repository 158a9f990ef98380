//! The audit: one line in the log for each change of a room, and for what an app does with keys, whitelists and members.
//!
//! A line says who and what. Of a request it is within the request's span, which has its id, the app and the app's key; so
//! only who else changes something is named here. Nothing in a line is a secret.

use std::fmt;

use domain::{AppId, AppUserId, SessionId, StreamKeyId, VideoRoomId, VideoRoomRecord, VideoRoomState};

/// Where lines come from, for filters.
const TARGET: &str = "audit";

/// Who changes something.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    /// The app, by a request.
    App,
    /// The publisher of this session: it came, was lost, or is gone.
    Session(SessionId),
    /// The platform, since a room was interrupted for too long.
    AutoEnd,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App => f.write_str("app"),
            Self::Session(session) => write!(f, "session {session}"),
            Self::AutoEnd => f.write_str("auto end"),
        }
    }
}

/// A room as it was before a change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    app: AppId,
    id: VideoRoomId,
    state: VideoRoomState,
}

impl From<&VideoRoomRecord> for Room {
    fn from(room: &VideoRoomRecord) -> Self {
        Self {
            app: room.app,
            id: room.id,
            state: room.state,
        }
    }
}

impl Room {
    /// Tells into which state it came, if it did.
    pub(crate) fn moved(self, by: By, to: VideoRoomState) {
        if self.state != to {
            self.line(by, to.name());
        }
    }

    /// Tells that it was deleted, and into which state it came before.
    pub(crate) fn deleted(self, by: By, to: VideoRoomState) {
        self.moved(by, to);
        Self { state: to, ..self }.line(by, "DELETED");
    }

    fn line(self, by: By, to: &str) {
        let (app, room, from) = (self.app, self.id, self.state.name());
        tracing::info!(target: TARGET, %by, %app, video_room = %room, from, to, "a room changed");
    }
}

/// A room was made.
pub(crate) fn made(room: &VideoRoomRecord) {
    let (app, id, to) = (room.app, room.id, room.state.name());
    tracing::info!(target: TARGET, by = %By::App, %app, video_room = %id, to, "a room was made");
}

/// A room was described otherwise.
pub(crate) fn described(app: AppId, room: VideoRoomId, fields: &[&str]) {
    let fields = fields.join(",");
    tracing::info!(target: TARGET, by = %By::App, %app, video_room = %room, fields, "a room was described otherwise");
}

/// An app did something with a stream key.
pub(crate) fn key(app: AppId, key: StreamKeyId, done: &str) {
    tracing::info!(target: TARGET, by = %By::App, %app, stream_key = %key, done, "a stream key changed");
}

/// A member was put on a room's whitelist, or taken off.
pub(crate) fn listed(app: AppId, room: VideoRoomId, member: &AppUserId, done: &str) {
    let member = member.as_str();
    tracing::info!(target: TARGET, by = %By::App, %app, video_room = %room, member, done, "a whitelist changed");
}

/// A member was deleted.
pub(crate) fn member_deleted(app: AppId, member: &AppUserId) {
    let member = member.as_str();
    tracing::info!(target: TARGET, by = %By::App, %app, member, "a member was deleted");
}
