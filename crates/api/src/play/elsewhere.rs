//! Sending players on to the process that holds the media.
//!
//! Processes learn a second late at most that media has moved, so two of them may believe of each other that they have
//! it. Whoever is sent on says so in its query, and is not sent on again.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse};

/// What the query of a player says that was sent on.
const MARK: &str = "_redirected=1";

/// Whether another process sent this player here.
pub(super) fn was_sent_on(request: &HttpRequest) -> bool {
    request.query_string().split('&').any(|pair| pair == MARK)
}

/// Sends a player on to the same address of another process. Nobody keeps that: media moves with its publisher.
pub(super) fn redirect(request: &HttpRequest, url: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::TEMPORARY_REDIRECT)
        .insert_header((LOCATION, address(url, request.path(), request.query_string())))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

fn address(url: &str, path: &str, query: &str) -> String {
    let url = url.trim_end_matches('/');
    match query {
        "" => format!("{url}{path}?{MARK}"),
        query => format!("{url}{path}?{query}&{MARK}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_server_stays_in_an_address() {
        for (path, query, expected) in [
            (
                "/live/id/index.m3u8",
                "",
                "http://b:1/x/live/id/index.m3u8?_redirected=1",
            ),
            (
                "/live/id/g-7-ab/v.m3u8",
                "_HLS_msn=1&x",
                "http://b:1/x/live/id/g-7-ab/v.m3u8?_HLS_msn=1&x&_redirected=1",
            ),
            (
                "/live/id//evil.example/%2F",
                "",
                "http://b:1/x/live/id//evil.example/%2F?_redirected=1",
            ),
        ] {
            assert_eq!(address("http://b:1/x/", path, query), expected);
        }
    }
}
