//! The access token of the calling member: Bearer authentication (RFC 6750).

use std::fmt;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use application::ErrorCode;

use crate::error::ApiError;

/// The access token that came with a request; not checked yet.
pub(crate) struct Bearer(pub(crate) Result<String, ApiError>);

impl Bearer {
    fn from_headers(headers: &HeaderMap) -> Result<String, ApiError> {
        let header = headers.get(AUTHORIZATION).ok_or_else(empty)?;
        // What is no text is no token either.
        let header = header.to_str().unwrap_or_default();
        let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
        if scheme.eq_ignore_ascii_case("Bearer") {
            Ok(token.trim().to_owned())
        } else {
            Err(empty())
        }
    }
}

fn empty() -> ApiError {
    ApiError::new(
        ErrorCode::EmptyAccessToken,
        "this path takes a member's access token by Bearer authentication",
    )
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(…)")
    }
}

/// Never fails by itself: the handler tells what is wrong, with the headers that its answers have.
impl FromRequest for Bearer {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(Self::from_headers(request.headers()))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn token(header: Option<&'static str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(header));
        }
        Bearer::from_headers(&headers).ok()
    }

    #[test]
    fn a_token_is_taken_whatever_the_case_of_the_scheme() {
        assert_eq!(token(Some("Bearer a.b.c")).as_deref(), Some("a.b.c"));
        assert_eq!(token(Some("bEARER  a.b.c ")).as_deref(), Some("a.b.c"));
        assert_eq!(token(Some("Bearer")).as_deref(), Some(""));
    }

    #[test]
    fn no_header_and_another_scheme_are_no_token() {
        for header in [None, Some(""), Some("Basic YTpi"), Some("Bearers a")] {
            assert_eq!(token(header), None, "{header:?}");
        }
    }
}
