//! The refusals of the domain, each variant one reason.

use thiserror::Error;

/// Why a state machine, or the rule over both, refuses an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TransitionError {
    /// The room is not a broadcast by RTMP.
    #[error("the video room's type is not BROADCAST_RTMP")]
    VideoRoomTypeNotBroadcastRtmp,
    /// The room was started, ended or cancelled before.
    #[error("the video room's state is not SCHEDULED")]
    VideoRoomStateNotScheduled,
    /// The room is not on air, or its publisher is still there.
    #[error("the video room's state is not LIVE_INACTIVE")]
    VideoRoomStateNotLiveInactive,
    /// The room's member has no stream key (any more).
    #[error("the stream key does not exist")]
    StreamKeyNotFound,
    /// Nobody publishes with the key, or it is on air already.
    #[error("the stream key's state is not ACTIVE")]
    StreamKeyStateNotActive,
    /// The publisher is there, or on its way back.
    #[error("the stream key's state is not INACTIVE_LIVE")]
    StreamKeyStateNotInactiveLive,
    /// The key is in use.
    #[error("the stream key's state is not INACTIVE")]
    StreamKeyStateNotInactive,
    /// Another session publishes with this key.
    #[error("the stream key is already being published")]
    AlreadyPublishing,
}

/// Why a value from outside can't be what it is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ValueError {
    /// A member without the app's id for it.
    #[error("appUserId must not be empty")]
    EmptyAppUserId,
    /// A character that an `appUserId` can't have.
    #[error("appUserId takes ASCII letters, digits and . _ - @ only")]
    InvalidAppUserIdFormat,
    /// Longer than 128 characters.
    #[error("appUserId takes at most 128 characters")]
    AppUserIdTooLong,
    /// Longer than 255 characters.
    #[error("appUserName takes at most 255 characters")]
    AppUserNameTooLong,
    /// Longer than 2,048 characters.
    #[error("appUserProfileImgUrl takes at most 2048 characters")]
    ProfileImgUrlTooLong,
    /// Longer than 254 characters, the longest address that mail can carry.
    #[error("email takes at most 254 characters")]
    EmailTooLong,
    /// Longer than 50 characters.
    #[error("customType takes at most 50 characters")]
    CustomTypeTooLong,
    /// More than 10 entries.
    #[error("customData takes at most 10 entries")]
    TooManyCustomDataItems,
    /// A name of more than 50 characters.
    #[error("a name in customData takes at most 50 characters")]
    CustomDataNameTooLong,
    /// A value of more than 50 characters.
    #[error("a value in customData takes at most 50 characters")]
    CustomDataValueTooLong,
    /// A room without the id of the member that it is for.
    #[error("appUserId must not be empty")]
    EmptyVideoRoomAppUserId,
    /// A room without a type.
    #[error("type must not be empty")]
    EmptyVideoRoomType,
    /// A broadcast by RTMP without a time.
    #[error("scheduledAt must be given for type BROADCAST_RTMP")]
    EmptyVideoRoomScheduledAt,
    /// Longer than 255 characters.
    #[error("title takes at most 255 characters")]
    TitleTooLong,
    /// Longer than 5,000 characters.
    #[error("description takes at most 5000 characters")]
    DescriptionTooLong,
    /// An app without a name, or with one of more than 255 characters.
    #[error("an app's name takes 1 to 255 characters, none of them U+0000")]
    AppNameLength,
}

/// A stored record that no entity can have, and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InvalidRecord(pub &'static str);

/// A text that names no value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name:?} is not one of {accepted}")]
pub struct UnknownName {
    /// What was found.
    pub name: String,
    /// What would have been accepted, separated by commas.
    pub accepted: &'static str,
}
