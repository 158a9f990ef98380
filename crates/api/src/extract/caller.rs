//! The credentials of the calling app: Basic authentication (RFC 7617).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use application::ErrorCode;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::ApiKeyId;
use ports::ApiSecret;

use crate::error::ApiError;

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The app key and secret that came with a request; not checked yet.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) key: ApiKeyId,
    pub(crate) secret: ApiSecret,
}

impl Caller {
    fn from_headers(headers: &HeaderMap) -> Result<Self, ApiError> {
        let header = headers.get(AUTHORIZATION).ok_or_else(empty)?.as_bytes();
        let (scheme, rest) = header
            .iter()
            .position(|byte| *byte == b' ')
            .map_or((header, &[][..]), |at| header.split_at(at));
        if !scheme.eq_ignore_ascii_case(b"Basic") {
            return Err(empty());
        }
        let decoded = BASE64.decode(rest.trim_ascii()).map_err(|_| invalid())?;
        let text = String::from_utf8(decoded).map_err(|_| invalid())?;
        let (key, secret) = text.split_once(':').ok_or_else(invalid)?;
        Ok(Self {
            key: ApiKeyId::new(key),
            secret: ApiSecret::new(secret),
        })
    }
}

fn empty() -> ApiError {
    ApiError::new(
        ErrorCode::EmptyAppCredentials,
        "this path takes the app's key and secret by Basic authentication",
    )
}

/// In the words of a wrong secret: nobody is to learn which it was.
fn invalid() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidAppCredentials,
        "the app key or its secret is not valid",
    )
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::from_headers(request.headers()))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn code(header: Option<&'static str>) -> Result<(String, String), ErrorCode> {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(header));
        }
        Caller::from_headers(&headers)
            .map(|caller| (caller.key.as_str().to_owned(), caller.secret.expose().to_owned()))
            .map_err(|error| error.code())
    }

    #[test]
    fn basic_credentials_are_taken_padded_or_not_whatever_the_case_of_the_scheme() {
        let pair = Ok(("a".to_owned(), "b:c".to_owned()));
        assert_eq!(code(Some("Basic YTpiOmM=")), pair);
        assert_eq!(code(Some("bAsIc  YTpiOmM")), pair);
    }

    #[test]
    fn no_header_and_another_scheme_are_empty_credentials() {
        for header in [None, Some(""), Some("Bearer abc"), Some("Basically YTpi")] {
            assert_eq!(code(header), Err(ErrorCode::EmptyAppCredentials), "{header:?}");
        }
    }

    #[test]
    fn what_can_not_be_decoded_is_invalid() {
        // Not base64; no colon; not UTF-8; nothing at all.
        for header in ["Basic !!", "Basic YWI=", "Basic //86/w==", "Basic", "Basic "] {
            assert_eq!(
                code(Some(header)),
                Err(ErrorCode::InvalidAppCredentials),
                "{header:?}"
            );
        }
    }
}
