//! The body: JSON of at most 1 MiB, with an error that names the field.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpRequest};
use application::{Call, ErrorCode};
use bytes::BytesMut;
use domain::AppId;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::once::once;
use crate::error::ApiError;

/// The largest body that is taken, in bytes.
const LIMIT: usize = 1024 * 1024;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// A body that was not read yet: who calls is found out first.
pub(crate) struct Body {
    request: HttpRequest,
    payload: Payload,
}

impl FromRequest for Body {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            request: request.clone(),
            payload: payload.take(),
        }))
    }
}

impl Body {
    /// Reads the body as a JSON object. No body at all is an empty object, whatever its type is said to be.
    pub(crate) async fn json<T: DeserializeOwned + Default>(self) -> Result<T, ApiError> {
        let (_, bytes) = self.read().await?;
        parse(&bytes)
    }

    /// The same for a `POST`: also the call that it is, made by that app.
    pub(crate) async fn post<T: DeserializeOwned + Default>(self, app: AppId) -> Result<(Call, T), ApiError> {
        let (request, bytes) = self.read().await?;
        let wanted = parse(&bytes)?;
        let once = once(&request, &bytes)?;
        Ok((Call { app, once }, wanted))
    }

    async fn read(self) -> Result<(HttpRequest, BytesMut), ApiError> {
        let headers = self.request.headers();
        let declared = headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok());
        if declared
            .and_then(|length| length.parse().ok())
            .is_some_and(|length: u64| length > LIMIT as u64)
        {
            return Err(too_large());
        }
        let bytes = timeout(PATIENCE, read(self.payload))
            .await
            .map_err(|_| ApiError::body("the body did not arrive in time"))??;
        if !bytes.is_empty() && !is_json(headers) {
            return Err(ApiError::new(
                ErrorCode::UnsupportedMediaType,
                "the body must be application/json in UTF-8, without a Content-Encoding",
            ));
        }
        Ok((self.request, bytes))
    }
}

async fn read(mut payload: Payload) -> Result<BytesMut, ApiError> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| match error {
            PayloadError::Overflow => too_large(),
            _ => ApiError::body("the body did not arrive as a whole"),
        })?;
        if bytes.len() + piece.len() > LIMIT {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn too_large() -> ApiError {
    ApiError::new(
        ErrorCode::HttpMessageBodyTooLarge,
        format!("a body takes at most {LIMIT} bytes"),
    )
}

/// `application/json`, in UTF-8 if it says anything about that, and as it is.
fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut parts = text.unwrap_or_default().split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| {
        parameter.split_once('=').is_none_or(|(name, value)| {
            !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    });
    let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    json && utf8 && encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case(b"identity"))
}

/// Takes an object only: derived types would take an array of their fields too.
fn parse<T: DeserializeOwned + Default>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.is_empty() {
        return Ok(T::default());
    }
    if holds_nul(bytes) {
        return Err(ApiError::body(
            "no text in the body may have the character U+0000",
        ));
    }
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::body("the body must be a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let why = error.into_inner();
        if why.is_data() && field != "." {
            ApiError::body(format!("{field}: {why}"))
        } else {
            ApiError::body(format!("the body is not the JSON that is expected: {why}"))
        }
    })?;
    json.end()
        .map_err(|why| ApiError::body(format!("the body must be one JSON object: {why}")))?;
    Ok(value)
}

/// Whether a text or a name in JSON has U+0000, which can't be stored everywhere. It can only be there as an escape.
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[at + 1..];
        if rest.starts_with(b"u0000") {
            return true;
        }
        // What is escaped begins no escape.
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::holds_nul;

    #[test]
    fn an_escaped_nul_is_told_from_its_look_alikes() {
        for json in [
            r#"{"a":"\u0000"}"#,
            r#"{"\u0000":1}"#,
            r#""\\\u0000""#,
            r#""\ud83d\u0000""#,
        ] {
            assert!(holds_nul(json.as_bytes()), "{json}");
        }
        for json in [
            r#"{"a":"\\u0000"}"#,
            r#""u0000""#,
            r#""\u0001""#,
            r#""\u00010000""#,
            "\\",
            "",
        ] {
            assert!(!holds_nul(json.as_bytes()), "{json}");
        }
    }
}
