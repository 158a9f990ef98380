//! `Idempotency-Key`: which requests are done once, however often they are sent.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest};
use application::{Call, Once};
use domain::AppId;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A `POST` whose body says nothing, before it is known who calls.
pub(crate) struct Post(Result<Option<Once>, ApiError>);

impl Post {
    /// The call that this is, made by that app.
    pub(crate) fn call(self, app: AppId) -> Result<Call, ApiError> {
        Ok(Call { app, once: self.0? })
    }
}

impl FromRequest for Post {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(once(request, &[]))))
    }
}

/// What makes the request with that body one that is done once; `None` without the header.
pub(super) fn once(request: &HttpRequest, body: &[u8]) -> Result<Option<Once>, ApiError> {
    let mut keys = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    if keys.next().is_some() {
        return Err(ApiError::parameter("Idempotency-Key must be there once"));
    }
    let once = Once::new(key.as_bytes(), fingerprint(request, body));
    let refused = || ApiError::parameter("Idempotency-Key must be 1 to 255 visible ASCII characters");
    once.map(Some).ok_or_else(refused)
}

/// Method, path and body, byte by byte. Neither of the first two can have a line break in it.
fn fingerprint(request: &HttpRequest, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [request.method().as_str(), request.path()] {
        hash.update(part);
        hash.update("\n");
    }
    hash.update(body);
    hash.finalize().into()
}
