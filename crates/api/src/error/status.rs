//! The one map from the contract's codes to HTTP.

use actix_web::http::StatusCode;
use application::ErrorCode;

/// The status that an error of this code is answered with.
pub(crate) const fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidHttpMessageBody
        | ErrorCode::InvalidRequestParameter
        | ErrorCode::EmptyAppUserId
        | ErrorCode::InvalidAppUserIdFormat
        | ErrorCode::AppUserIdSizeUpperLimitExceeded
        | ErrorCode::AppUserNameSizeUpperLimitExceeded
        | ErrorCode::AppUserProfileImgUrlSizeUpperLimitExceeded
        | ErrorCode::EmailSizeUpperLimitExceeded
        | ErrorCode::CustomTypeSizeUpperLimitExceeded
        | ErrorCode::CustomDataItemCountUpperLimitExceeded
        | ErrorCode::CustomDataItemNameSizeUpperLimitExceeded
        | ErrorCode::CustomDataItemValueSizeUpperLimitExceeded
        | ErrorCode::EmptyVideoRoomAppUserId
        | ErrorCode::EmptyVideoRoomType
        | ErrorCode::EmptyVideoRoomScheduledAt
        | ErrorCode::VideoRoomTitleSizeUpperLimitExceeded
        | ErrorCode::VideoRoomDescriptionSizeUpperLimitExceeded
        | ErrorCode::VideoRoomTypeNotBroadcastRtmp
        | ErrorCode::VideoRoomStateNotScheduled
        | ErrorCode::VideoRoomStateNotLiveInactive
        | ErrorCode::StreamKeyStateNotActive
        | ErrorCode::StreamKeyStateNotInactiveLive
        | ErrorCode::StreamKeyStateNotInactive
        | ErrorCode::InvalidCallbackUrl
        | ErrorCode::InvalidCallbackCredentials
        | ErrorCode::InvalidApp => StatusCode::BAD_REQUEST,
        ErrorCode::EmptyAppCredentials
        | ErrorCode::InvalidAppCredentials
        | ErrorCode::EmptyStreamingToken
        | ErrorCode::InvalidStreamingToken
        | ErrorCode::EmptyAccessToken
        | ErrorCode::InvalidAccessToken
        | ErrorCode::InvalidRefreshToken => StatusCode::UNAUTHORIZED,
        ErrorCode::StreamingNotAllowed => StatusCode::FORBIDDEN,
        ErrorCode::ResourceNotFound
        | ErrorCode::MemberNotFound
        | ErrorCode::VideoRoomNotFound
        | ErrorCode::StreamKeyNotFound
        | ErrorCode::TranscodingProfileNotFound
        | ErrorCode::CallbackNotFound
        | ErrorCode::CallbackDeliveryNotFound
        | ErrorCode::AppNotFound
        | ErrorCode::ApiKeyNotFound => StatusCode::NOT_FOUND,
        ErrorCode::EventsExpired => StatusCode::GONE,
        ErrorCode::UnsupportedHttpMethod => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::HttpMessageBodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::IdempotencyKeyInProgress => StatusCode::CONFLICT,
        ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What a 401 asks the caller for (RFC 9110, 11.6.1). A player is not asked for Basic credentials: a browser would
/// open a dialogue.
pub(super) const fn challenge(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::EmptyStreamingToken => r#"Bearer realm="VideoRoom playback""#,
        ErrorCode::InvalidStreamingToken => r#"Bearer realm="VideoRoom playback", error="invalid_token""#,
        ErrorCode::EmptyAccessToken | ErrorCode::InvalidRefreshToken => r#"Bearer realm="VideoRoom members""#,
        ErrorCode::InvalidAccessToken => r#"Bearer realm="VideoRoom members", error="invalid_token""#,
        _ => r#"Basic realm="VideoRoom App API", charset="UTF-8""#,
    }
}
