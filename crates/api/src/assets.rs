//! Files of pages that are part of the program, as the build found them.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HeaderValue, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse};

use crate::play::matches;

/// A file of a page.
pub(crate) struct Asset {
    bytes: &'static [u8],
    content_type: &'static str,
    /// Its entity tag, quotes included.
    tag: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

impl Asset {
    /// The file, under a policy for what the page may load; nothing but "not modified" for who has it.
    pub(crate) fn answer(&self, request: &HttpRequest, policy: &'static str) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response
            .insert_header((CACHE_CONTROL, "no-cache"))
            .insert_header((ETAG, self.tag))
            .insert_header((CONTENT_SECURITY_POLICY, policy))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
        let tag = HeaderValue::from_static(self.tag);
        if request
            .headers()
            .get(IF_NONE_MATCH)
            .is_some_and(|sent| matches(sent, &tag))
        {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        response.content_type(self.content_type).body(self.bytes)
    }
}
