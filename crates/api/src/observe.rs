//! What goes around every request: its id, its span, its line in the log, and an answer when a handler panics.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError, web};
use futures_util::FutureExt;
use tracing::{Instrument, Span, field};

use crate::error::ApiError;
use crate::state::State;
use crate::{meters, operations, play};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What stands for the pattern of a path that there is none of.
const NO_ROUTE: &str = "none";

/// The longest id of a caller's own that is taken over.
const LONGEST_ID: usize = 128;

/// Serves a request in a span of its own. Paths and queries are not logged: they hold playback ids and tokens.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let id = request_id(request.headers());
    let often = request.path().starts_with(play::PREFIX) || request.path() == operations::METRICS;
    let method = request.method().clone();
    let state = request.app_data::<web::Data<State>>().cloned();
    let span = span(&id, &method, often);
    let served = AssertUnwindSafe(next.call(request))
        .catch_unwind()
        .instrument(span.clone())
        .await;
    let mut response = match served {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(span.in_scope(|| refused(&error, id, &method, began))),
        Err(_panic) => {
            let error = ApiError::internal().into();
            return Err(span.in_scope(|| refused(&error, id, &method, began)));
        }
    };
    let status = response.status().as_u16();
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or(NO_ROUTE);
    let took = began.elapsed();
    meters::answered(route, &method, status, took);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if often {
        tracing::debug!(parent: &span, route, status, ms, "played");
    } else {
        tracing::info!(parent: &span, route, status, ms, "answered");
    }
    response.headers_mut().insert(REQUEST_ID, id);
    if state.is_some_and(|state| state.is_stopping()) {
        response
            .response_mut()
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

fn span(id: &HeaderValue, method: &Method, often: bool) -> Span {
    let (id, method) = (id.to_str().unwrap_or_default(), method.as_str());
    macro_rules! span {
        ($level:ident) => {
            tracing::span!(
                tracing::Level::$level,
                "request",
                id,
                method,
                app = field::Empty,
                key = field::Empty,
                error = field::Empty,
            )
        };
    }
    if often { span!(DEBUG) } else { span!(INFO) }
}

/// The caller's own id if it is a sane one, else a fresh one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sent = headers.get(&REQUEST_ID);
    let sane =
        sent.filter(|id| (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().copied().all(is_sane));
    sane.cloned().unwrap_or_else(fresh_id)
}

/// Visible ASCII but for what could break out of a quotation in a log or a page.
fn is_sane(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'&')
}

/// 16 random bytes in hexadecimal.
fn fresh_id() -> HeaderValue {
    let mut text = String::with_capacity(32);
    for digit in random().iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
    }
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

/// Bytes for an id, of which the system is asked for many at a time; all zeros when it has no randomness, since an id
/// is no secret.
fn random() -> [u8; 16] {
    thread_local! {
        static LEFT: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
    }
    LEFT.with_borrow_mut(|left| {
        if left.is_empty() {
            let mut bytes = [0; 16 * 64];
            if let Err(error) = getrandom::fill(&mut bytes) {
                tracing::warn!(%error, "no randomness for request ids");
            }
            left.extend_from_slice(bytes.as_chunks().0);
        }
        left.pop().unwrap_or_default()
    })
}

/// An error that goes out without having been a response before.
fn refused(error: &Error, id: HeaderValue, method: &Method, began: Instant) -> Error {
    let mut response = error.error_response();
    let status = response.status().as_u16();
    meters::answered(NO_ROUTE, method, status, began.elapsed());
    tracing::error!(status, "no handler could answer");
    response.headers_mut().insert(REQUEST_ID, id);
    actix_web::error::InternalError::from_response("no handler could answer", response).into()
}

/// Answers every path that there is none of.
pub(crate) async fn no_such_path() -> HttpResponse {
    ApiError::no_such_path().error_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(sent: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static(sent));
        request_id(&headers).to_str().unwrap().to_owned()
    }

    #[test]
    fn a_sane_id_of_the_caller_is_kept() {
        assert_eq!(id_for("a-1:B/2_~"), "a-1:B/2_~");
    }

    #[test]
    fn another_one_is_replaced_by_a_fresh_one() {
        for bad in ["", "a b", "a\"b", "<b>", "it's"] {
            let id = id_for(bad);
            assert_ne!(id, bad);
            assert_eq!(id.len(), 32);
        }
        let long: &'static str = "x".repeat(129).leak();
        assert_eq!(id_for(long).len(), 32);
        assert_ne!(fresh_id(), fresh_id());
    }
}
