//! The rules of video rooms, and nothing else: entities, values, two state machines, and the one rule that moves
//! a room and its stream key together ([`broadcast`]).
//!
//! Everything here is a pure function of its arguments. Time, identifiers and secrets come in from outside, so a
//! test can fix each of them; there is no clock, no randomness, no I/O and no wire format.

pub mod broadcast;

mod app;
mod delivery;
mod entity_state;
mod error;
mod event;
mod id;
mod member;
mod secret;
mod stream_key;
mod text;
mod time;
mod transcoding_profile;
mod user;
mod video_room;

pub use app::{App, AppName};
pub use delivery::DeliveryState;
pub use entity_state::EntityState;
pub use error::{InvalidRecord, TransitionError, UnknownName, ValueError};
pub use event::{Changes, DomainEvent};
pub use id::{
    AppId, MemberId, PlaybackId, SessionId, StreamKeyId, TranscodingProfileId, UserId, VideoRoomId,
};
pub use member::{
    AppUserId, AppUserName, CustomData, CustomType, Email, Member, MemberProfile, ProfileImgUrl,
};
pub use secret::{ApiKeyId, SecretHash, StreamKeySecret};
pub use stream_key::{
    MediaFailure, StreamKey, StreamKeyEvent, StreamKeyMode, StreamKeyRecord, StreamKeyState,
};
pub use time::Timestamp;
pub use transcoding_profile::{TranscodingProfile, TranscodingProfileType};
pub use user::User;
pub use video_room::{
    AccessLevel, CreatorType, Description, NewVideoRoom, Title, VideoFormat, VideoRoom, VideoRoomChange,
    VideoRoomEvent, VideoRoomRecord, VideoRoomState, VideoRoomType, VodState,
};

/// What a state machine says to an event that it does not refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition<S> {
    /// The entity moves to this state.
    To(S),
    /// The event is allowed, and the state stays as it is.
    Unchanged,
}
