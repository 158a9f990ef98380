//! Who is let in: the token in a play URL's query is exchanged for a grant in its path.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use application::{Entry, Ticket};
use domain::PlaybackId;
use ports::PathGrant;
use ports::store::Playback;

use super::PREFIX;
use crate::error::ApiError;
use crate::state::State;

const TOKEN: &str = "streamingToken";

/// The token of a query, if there is one. Tokens are written in characters that need no encoding.
///
/// # Errors
/// `INVALID_REQUEST_PARAMETER` for two of them.
pub(crate) fn token(query: &str) -> Result<Option<String>, ApiError> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut tokens = pairs.filter(|(name, _)| *name == TOKEN);
    let token = tokens.next().map(|(_, token)| token);
    if tokens.next().is_some() {
        return Err(ApiError::parameter(format!("{TOKEN} may come once only")));
    }
    Ok(token.filter(|token| !token.is_empty()).map(ToOwned::to_owned))
}

/// Whether a player may have what this playback id leads to: at once if that is known, else as the store says.
pub(crate) async fn enter(
    state: &State,
    id: &str,
    playback: &Playback,
    grant: Option<PathGrant>,
    token: Option<String>,
) -> Result<Entry, ApiError> {
    let id = PlaybackId::parse(id).ok_or_else(ApiError::no_such_path)?;
    let ticket = Ticket { grant, token };
    if let Some(known) = state.application().entered(&id, playback, &ticket) {
        return Ok(known?);
    }
    let (application, playback) = (state.application().clone(), playback.clone());
    state
        .run(async move { Ok(application.enter(&id, &playback, &ticket).await?) })
        .await
}

/// Sends a player on to the same address with a grant in its path, and without the token. Nobody keeps that, since it
/// is for the bearer of the token alone.
pub(super) fn redirect(request: &HttpRequest, grant: &PathGrant) -> HttpResponse {
    HttpResponse::build(StatusCode::TEMPORARY_REDIRECT)
        .insert_header((LOCATION, granted(request.path(), request.query_string(), grant)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// The address with this grant in the place of the one that it may have, and the rest of its query as it was sent.
fn granted(path: &str, query: &str, grant: &PathGrant) -> String {
    let below = path.strip_prefix(PREFIX).unwrap_or_default();
    let (id, rest) = below.split_once('/').unwrap_or((below, ""));
    let (_, resource) = PathGrant::split(rest);
    let mut address = format!("{PREFIX}{id}/{grant}/{resource}");
    let others = query
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(TOKEN));
    for (index, pair) in others.enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        address.push_str(pair);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_is_found_among_other_parameters() {
        for (query, expected) in [
            ("", None),
            ("streamingToken", None),
            ("streamingToken=", None),
            ("xstreamingToken=a&streamingtoken=b", None),
            ("_HLS_msn=1&streamingToken=a.b-c_d&x", Some("a.b-c_d")),
        ] {
            assert_eq!(token(query).unwrap().as_deref(), expected, "{query}");
        }
        assert!(token("streamingToken=a&streamingToken=a").is_err());
    }

    #[test]
    fn a_granted_address_keeps_all_but_the_token_and_the_old_grant() {
        let grant = PathGrant::new(7, [0xab; 16]);
        let code = "ab".repeat(16);
        for (path, query, expected) in [
            (
                "/live/id/index.m3u8",
                "streamingToken=a.b",
                format!("/live/id/g-7-{code}/index.m3u8"),
            ),
            (
                "/live/id/g-6-00000000000000000000000000000000/video/1.m4s",
                "_HLS_msn=1&streamingToken=a&&x&_HLS_skip=YES",
                format!("/live/id/g-7-{code}/video/1.m4s?_HLS_msn=1&x&_HLS_skip=YES"),
            ),
            ("/live/id/%41%2Fb", "", format!("/live/id/g-7-{code}/%41%2Fb")),
            (
                "/live/id//evil.example/",
                "",
                format!("/live/id/g-7-{code}//evil.example/"),
            ),
        ] {
            assert_eq!(granted(path, query, &grant), expected);
        }
    }
}
