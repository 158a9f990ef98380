//! Every error body of every path: `{"errorCode","errorMessage"}`, with the headers that its status asks for.

mod status;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_RANGE, ContentType, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError};
use application::{AppError, ErrorCode};
use ports::media::DirectiveError;
use serde::Serialize;
use tokio::task::JoinError;
use tracing::Span;
use utoipa::ToSchema;

use crate::openapi::ErrorCodes;

pub(crate) use status::status;

/// Longer messages are cut: what a caller sent may be quoted in one.
const LONGEST_MESSAGE: usize = 500;

/// An error as it is answered.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: ErrorCode,
    status: StatusCode,
    message: String,
    header: Option<Box<(HeaderName, HeaderValue)>>,
    source: Option<Box<AppError>>,
}

/// Why a request was not answered as asked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error)]
pub(crate) struct Envelope<'a> {
    /// For programs.
    #[schema(value_type = ErrorCodes)]
    error_code: &'static str,
    /// For people; may change.
    error_message: &'a str,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((cut, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
            message.truncate(cut);
            message.push('…');
        }
        Self {
            code,
            status: status(code),
            message,
            header: None,
            source: None,
        }
    }

    #[cfg(test)]
    pub(crate) const fn code(&self) -> ErrorCode {
        self.code
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }

    /// A bad value in the path or the query.
    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequestParameter, message)
    }

    /// A body that can't be taken.
    pub(crate) fn body(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidHttpMessageBody, message)
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(ErrorCode::ResourceNotFound, "there is nothing at this path")
    }

    /// The path takes only the methods in `allowed`, which are separated by commas.
    pub(crate) fn method(allowed: &'static str) -> Self {
        Self::new(
            ErrorCode::UnsupportedHttpMethod,
            format!("this path takes {allowed} only"),
        )
        .with_header(ALLOW, HeaderValue::from_static(allowed))
    }

    /// A range behind the end of what is `length` bytes long (RFC 9110, 15.5.17).
    pub(crate) fn range(length: u64) -> Self {
        let mut error = Self::parameter(format!("Range must begin before the end, at {length} bytes"));
        error.status = StatusCode::RANGE_NOT_SATISFIABLE;
        match HeaderValue::try_from(format!("bytes */{length}")) {
            Ok(value) => error.with_header(CONTENT_RANGE, value),
            Err(_) => error,
        }
    }

    pub(crate) fn stopping() -> Self {
        AppError::new(
            ErrorCode::ServiceUnavailable,
            "this server is about to stop; try again",
        )
        .into()
    }

    /// Another process sent a player here for media that is not here any more.
    pub(crate) fn not_here() -> Self {
        AppError::new(
            ErrorCode::ServiceUnavailable,
            "the media has just moved to another server; try again",
        )
        .into()
    }

    pub(crate) fn full() -> Self {
        AppError::new(
            ErrorCode::ServiceUnavailable,
            "there are as many players here as this server takes; try again",
        )
        .into()
    }

    pub(crate) fn full_of_listeners() -> Self {
        AppError::new(
            ErrorCode::ServiceUnavailable,
            "as many devices listen here as this server takes; try again",
        )
        .into()
    }

    /// More requests than the app may make; the next one is taken `after` this.
    pub(crate) fn too_many_requests(after: Duration) -> Self {
        let message = "this app makes more requests than it may; wait as Retry-After says, and try again";
        Self::new(ErrorCode::TooManyRequests, message).with_header(RETRY_AFTER, seconds(after))
    }

    pub(crate) fn internal() -> Self {
        Self::new(ErrorCode::InternalServerError, "an unexpected error occurred")
    }

    /// A use case that did not come to its end.
    pub(crate) fn broken(failure: &JoinError) -> Self {
        if failure.is_cancelled() {
            Self::stopping()
        } else {
            tracing::error!("a use case panicked");
            Self::internal()
        }
    }

    fn log(&self) {
        let Some(source) = self.source.as_deref().and_then(StdError::source) else {
            return;
        };
        let mut why = source.to_string();
        let mut deeper = source.source();
        while let Some(cause) = deeper {
            why.push_str(": ");
            why.push_str(&cause.to_string());
            deeper = cause.source();
        }
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(code = self.code.name(), %why, "request failed");
        } else {
            tracing::warn!(code = self.code.name(), %why, "request failed");
        }
    }
}

impl From<DirectiveError> for ApiError {
    fn from(error: DirectiveError) -> Self {
        Self::parameter(error.to_string())
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        let mut answer = Self::new(error.code(), error.to_string());
        if let Some(after) = error.retry_after() {
            answer = answer.with_header(RETRY_AFTER, seconds(after));
        }
        answer.source = Some(Box::new(error));
        answer
    }
}

/// Whole seconds, of which the last may have begun only.
fn seconds(after: Duration) -> HeaderValue {
    let begun = u64::from(after.subsec_nanos() > 0);
    HeaderValue::from((after.as_secs() + begun).max(1))
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        Span::current().record("error", self.code.name());
        self.log();
        let envelope = Envelope {
            error_code: self.code.name(),
            error_message: &self.message,
        };
        let mut response = HttpResponse::build(self.status);
        response
            .content_type(ContentType::json())
            .insert_header((CACHE_CONTROL, "no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, status::challenge(self.code)));
        }
        if let Some((name, value)) = self.header.as_deref() {
            response.insert_header((name.clone(), value.clone()));
        }
        // Two texts always make JSON.
        response.body(serde_json::to_vec(&envelope).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_status_of_an_error() {
        for code in ErrorCode::ALL {
            let status = status(*code);
            assert!(status.is_client_error() || status.is_server_error(), "{code:?}");
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let error = ApiError::body("가".repeat(10_000));
        assert_eq!(error.message.chars().count(), LONGEST_MESSAGE + 1);
        assert!(error.message.ends_with('…'));
    }
}
