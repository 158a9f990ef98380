//! Everything that a use case can refuse or fail with, under the codes of the contract.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use domain::{TransitionError, ValueError};
use ports::media::OriginError;
use ports::store::StoreError;

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)+) => {
        /// The codes of the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $doc])* $variant,)+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands in an answer.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it says, in a sentence for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),*).trim_ascii_start(),)+ }
            }
        }
    };
}

error_codes! {
    /// A body that is not JSON or has wrong types.
    InvalidHttpMessageBody = "INVALID_HTTP_MESSAGE_BODY",
    /// A bad value in the query or the path.
    InvalidRequestParameter = "INVALID_REQUEST_PARAMETER",
    /// No credentials.
    EmptyAppCredentials = "EMPTY_APP_CREDENTIALS",
    /// Credentials that open nothing.
    InvalidAppCredentials = "INVALID_APP_CREDENTIALS",
    /// No such path.
    ResourceNotFound = "RESOURCE_NOT_FOUND",
    /// The path does not take this method.
    UnsupportedHttpMethod = "UNSUPPORTED_HTTP_METHOD",
    /// A body over the limit.
    HttpMessageBodyTooLarge = "HTTP_MESSAGE_BODY_TOO_LARGE",
    /// A body that is not JSON by its own word.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    /// A key of a request that was given to another request before.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
    /// A key of a request that is being done.
    IdempotencyKeyInProgress = "IDEMPOTENCY_KEY_IN_PROGRESS",
    /// More requests than an app may make.
    TooManyRequests = "TOO_MANY_REQUESTS",
    /// A mistake of ours.
    InternalServerError = "INTERNAL_SERVER_ERROR",
    /// Something that we depend on is down.
    ServiceUnavailable = "SERVICE_UNAVAILABLE",
    /// No such member.
    MemberNotFound = "MEMBER_NOT_FOUND",
    /// No such room.
    VideoRoomNotFound = "VIDEO_ROOM_NOT_FOUND",
    /// No such stream key.
    StreamKeyNotFound = "STREAM_KEY_NOT_FOUND",
    /// No such transcoding profile.
    TranscodingProfileNotFound = "TRANSCODING_PROFILE_NOT_FOUND",
    /// A member without the app's id for it.
    EmptyAppUserId = "EMPTY_APP_USER_ID",
    /// An `appUserId` with other characters.
    InvalidAppUserIdFormat = "INVALID_APP_USER_ID_FORMAT",
    /// An `appUserId` that is too long.
    AppUserIdSizeUpperLimitExceeded = "APP_USER_ID_SIZE_UPPER_LIMIT_EXCEEDED",
    /// An `appUserName` that is too long.
    AppUserNameSizeUpperLimitExceeded = "APP_USER_NAME_SIZE_UPPER_LIMIT_EXCEEDED",
    /// An `appUserProfileImgUrl` that is too long.
    AppUserProfileImgUrlSizeUpperLimitExceeded = "APP_USER_PROFILE_IMG_URL_SIZE_UPPER_LIMIT_EXCEEDED",
    /// An `email` that is too long.
    EmailSizeUpperLimitExceeded = "EMAIL_SIZE_UPPER_LIMIT_EXCEEDED",
    /// A `customType` that is too long.
    CustomTypeSizeUpperLimitExceeded = "CUSTOM_TYPE_SIZE_UPPER_LIMIT_EXCEEDED",
    /// Too many entries in `customData`.
    CustomDataItemCountUpperLimitExceeded = "CUSTOM_DATA_ITEM_COUNT_UPPER_LIMIT_EXCEEDED",
    /// A name in `customData` that is too long.
    CustomDataItemNameSizeUpperLimitExceeded = "CUSTOM_DATA_ITEM_NAME_SIZE_UPPER_LIMIT_EXCEEDED",
    /// A value in `customData` that is too long.
    CustomDataItemValueSizeUpperLimitExceeded = "CUSTOM_DATA_ITEM_VALUE_SIZE_UPPER_LIMIT_EXCEEDED",
    /// A room without a member.
    EmptyVideoRoomAppUserId = "EMPTY_VIDEO_ROOM_APP_USER_ID",
    /// A room without a type.
    EmptyVideoRoomType = "EMPTY_VIDEO_ROOM_TYPE",
    /// A broadcast by RTMP without a time.
    EmptyVideoRoomScheduledAt = "EMPTY_VIDEO_ROOM_SCHEDULED_AT",
    /// A `title` that is too long.
    VideoRoomTitleSizeUpperLimitExceeded = "VIDEO_ROOM_TITLE_SIZE_UPPER_LIMIT_EXCEEDED",
    /// A `description` that is too long.
    VideoRoomDescriptionSizeUpperLimitExceeded = "VIDEO_ROOM_DESCRIPTION_SIZE_UPPER_LIMIT_EXCEEDED",
    /// The room is of another type.
    VideoRoomTypeNotBroadcastRtmp = "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
    /// The room was started before.
    VideoRoomStateNotScheduled = "VIDEO_ROOM_STATE_NOT_SCHEDULED",
    /// The room is not interrupted.
    VideoRoomStateNotLiveInactive = "VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE",
    /// The key has nothing to play, or is on air.
    StreamKeyStateNotActive = "STREAM_KEY_STATE_NOT_ACTIVE",
    /// The key's publisher is there, or on its way back.
    StreamKeyStateNotInactiveLive = "STREAM_KEY_STATE_NOT_INACTIVE_LIVE",
    /// The key is in use.
    StreamKeyStateNotInactive = "STREAM_KEY_STATE_NOT_INACTIVE",
    /// A room that is not for everyone, and no token.
    EmptyStreamingToken = "EMPTY_STREAMING_TOKEN",
    /// A token, or a grant, that opens nothing.
    InvalidStreamingToken = "INVALID_STREAMING_TOKEN",
    /// Somebody who may not watch this room.
    StreamingNotAllowed = "STREAMING_NOT_ALLOWED",
    /// No access token.
    EmptyAccessToken = "EMPTY_ACCESS_TOKEN",
    /// An access token that opens nothing, or not any more.
    InvalidAccessToken = "INVALID_ACCESS_TOKEN",
    /// A token that makes no others.
    InvalidRefreshToken = "INVALID_REFRESH_TOKEN",
    /// A URL that can't be called back.
    InvalidCallbackUrl = "INVALID_CALLBACK_URL",
    /// Credentials that Basic authentication can't carry.
    InvalidCallbackCredentials = "INVALID_CALLBACK_CREDENTIALS",
    /// The app has no callback.
    CallbackNotFound = "CALLBACK_NOT_FOUND",
    /// No such delivery.
    CallbackDeliveryNotFound = "CALLBACK_DELIVERY_NOT_FOUND",
    /// Events that were forgotten since.
    EventsExpired = "EVENTS_EXPIRED",
    /// No such app.
    AppNotFound = "APP_NOT_FOUND",
    /// No such key of an app.
    ApiKeyNotFound = "API_KEY_NOT_FOUND",
    /// An app that can't be made like that.
    InvalidApp = "INVALID_APP",
}

/// Why a use case did not do what it was asked. `Display` is for the caller's eyes, and shows no internals;
/// `source()` is for the log.
#[derive(Debug)]
pub struct AppError {
    code: ErrorCode,
    message: String,
    try_again: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl AppError {
    /// A refusal under `code`, with a message for people.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            try_again: false,
            source: None,
        }
    }

    /// Under which code of the contract.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// When asking again may help.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.code {
            ErrorCode::ServiceUnavailable => Some(Duration::from_secs(1)),
            ErrorCode::TooManyRequests => Some(Duration::from_secs(5)),
            _ => None,
        }
    }

    /// Whether another got in between, so that running the same use case anew may go well.
    pub(crate) const fn try_again(&self) -> bool {
        self.try_again
    }

    pub(crate) fn member_not_found() -> Self {
        Self::new(
            ErrorCode::MemberNotFound,
            "there is no member of this appUserId in this app",
        )
    }

    pub(crate) fn video_room_not_found() -> Self {
        Self::new(
            ErrorCode::VideoRoomNotFound,
            "there is no video room of this id in this app",
        )
    }

    pub(crate) fn stream_key_not_found() -> Self {
        Self::new(
            ErrorCode::StreamKeyNotFound,
            "there is no stream key of this id in this app",
        )
    }

    pub(crate) fn transcoding_profile_not_found() -> Self {
        Self::new(
            ErrorCode::TranscodingProfileNotFound,
            "there is no transcoding profile of this id",
        )
    }

    pub(crate) fn nothing_to_play() -> Self {
        Self::new(
            ErrorCode::ResourceNotFound,
            "there is nothing to play at this address",
        )
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for AppError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let (code, message, try_again) = match &error {
            StoreError::Stale { .. } | StoreError::AlreadyExists { .. } => (
                ErrorCode::ServiceUnavailable,
                "others change the same things all the time; try again",
                true,
            ),
            StoreError::Unavailable(_) => (
                ErrorCode::ServiceUnavailable,
                "the store is not available; try again",
                false,
            ),
            StoreError::OutcomeUnknown(_) => (
                ErrorCode::ServiceUnavailable,
                "the store broke off; look what became of it, and try again",
                false,
            ),
            StoreError::Corrupt { .. } => (
                ErrorCode::InternalServerError,
                "an unexpected error occurred",
                false,
            ),
        };
        Self {
            code,
            message: message.to_owned(),
            try_again,
            source: Some(Box::new(error)),
        }
    }
}

impl From<TransitionError> for AppError {
    fn from(error: TransitionError) -> Self {
        let code = match error {
            TransitionError::VideoRoomTypeNotBroadcastRtmp => ErrorCode::VideoRoomTypeNotBroadcastRtmp,
            TransitionError::VideoRoomStateNotScheduled => ErrorCode::VideoRoomStateNotScheduled,
            TransitionError::VideoRoomStateNotLiveInactive => ErrorCode::VideoRoomStateNotLiveInactive,
            TransitionError::StreamKeyNotFound => ErrorCode::StreamKeyNotFound,
            TransitionError::StreamKeyStateNotActive => ErrorCode::StreamKeyStateNotActive,
            TransitionError::StreamKeyStateNotInactiveLive => ErrorCode::StreamKeyStateNotInactiveLive,
            TransitionError::StreamKeyStateNotInactive | TransitionError::AlreadyPublishing => {
                ErrorCode::StreamKeyStateNotInactive
            }
        };
        Self::new(code, error.to_string())
    }
}

impl From<ValueError> for AppError {
    fn from(error: ValueError) -> Self {
        let code = match error {
            ValueError::EmptyAppUserId => ErrorCode::EmptyAppUserId,
            ValueError::InvalidAppUserIdFormat => ErrorCode::InvalidAppUserIdFormat,
            ValueError::AppUserIdTooLong => ErrorCode::AppUserIdSizeUpperLimitExceeded,
            ValueError::AppUserNameTooLong => ErrorCode::AppUserNameSizeUpperLimitExceeded,
            ValueError::ProfileImgUrlTooLong => ErrorCode::AppUserProfileImgUrlSizeUpperLimitExceeded,
            ValueError::EmailTooLong => ErrorCode::EmailSizeUpperLimitExceeded,
            ValueError::CustomTypeTooLong => ErrorCode::CustomTypeSizeUpperLimitExceeded,
            ValueError::TooManyCustomDataItems => ErrorCode::CustomDataItemCountUpperLimitExceeded,
            ValueError::CustomDataNameTooLong => ErrorCode::CustomDataItemNameSizeUpperLimitExceeded,
            ValueError::CustomDataValueTooLong => ErrorCode::CustomDataItemValueSizeUpperLimitExceeded,
            ValueError::EmptyVideoRoomAppUserId => ErrorCode::EmptyVideoRoomAppUserId,
            ValueError::EmptyVideoRoomType => ErrorCode::EmptyVideoRoomType,
            ValueError::EmptyVideoRoomScheduledAt => ErrorCode::EmptyVideoRoomScheduledAt,
            ValueError::TitleTooLong => ErrorCode::VideoRoomTitleSizeUpperLimitExceeded,
            ValueError::DescriptionTooLong => ErrorCode::VideoRoomDescriptionSizeUpperLimitExceeded,
            ValueError::AppNameLength => ErrorCode::InvalidApp,
        };
        Self::new(code, error.to_string())
    }
}

impl From<OriginError> for AppError {
    fn from(error: OriginError) -> Self {
        let code = match error {
            OriginError::NotFound => ErrorCode::ResourceNotFound,
            OriginError::NotYet => ErrorCode::ServiceUnavailable,
            OriginError::TooFar => ErrorCode::InvalidRequestParameter,
        };
        Self::new(code, error.to_string())
    }
}

/// An error and what caused it, in one line for the log.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}
