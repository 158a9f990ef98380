//! What pages of other sites may ask for, and read: players and members' devices run in browsers.

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, HeaderMap, HeaderValue,
};

/// What any origin may do with some paths. Nothing here depends on cookies, so any may.
pub(crate) struct CrossOrigin {
    /// The methods that the paths take.
    pub(crate) methods: &'static str,
    /// The headers that a page may send.
    pub(crate) sends: &'static str,
    /// The headers that a page may read, beside those that it always may.
    pub(crate) reads: &'static str,
}

/// Paths of players.
pub(crate) const PLAYERS: CrossOrigin = CrossOrigin {
    methods: "GET, HEAD, OPTIONS",
    sends: "Cache-Control, If-None-Match, If-Range, Pragma, Range, X-Request-Id",
    reads: "Accept-Ranges, Content-Length, Content-Range, Date, ETag, Retry-After, X-Request-Id",
};

/// What a member's device listens to.
pub(crate) const LISTENERS: CrossOrigin = CrossOrigin {
    methods: "GET, HEAD, OPTIONS",
    sends: "Authorization, Cache-Control, Last-Event-ID, X-Request-Id",
    reads: "Retry-After, WWW-Authenticate, X-Request-Id",
};

/// What a member's device has tokens made anew by.
pub(crate) const REFRESHERS: CrossOrigin = CrossOrigin {
    methods: "POST, OPTIONS",
    sends: "Content-Type, X-Request-Id",
    reads: "Retry-After, WWW-Authenticate, X-Request-Id",
};

impl CrossOrigin {
    /// The answer to `OPTIONS`: what a browser asks before it asks.
    pub(crate) fn preflight(&self) -> HttpResponse {
        HttpResponse::NoContent()
            .insert_header((ALLOW, self.methods))
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, self.methods))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, self.sends))
            .insert_header((ACCESS_CONTROL_MAX_AGE, "86400"))
            .finish()
    }

    /// Lets pages of any site read an answer.
    pub(crate) fn let_read(&self, headers: &mut HeaderMap) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(self.reads),
        );
    }
}
