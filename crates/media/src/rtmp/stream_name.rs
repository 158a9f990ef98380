//! Where encoders put the stream key: in the stream's name, or in the application's, with a query behind either.

use std::fmt;

/// A stream key as a publisher presented it: a secret, so its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StreamKey(String);

impl StreamKey {
    /// Wraps the text of a key.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one who checks it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamKey")
    }
}

/// Whether an application name, as `connect` gives it, is of the application `wanted`.
pub(crate) fn is_application(app: &str, wanted: &str) -> bool {
    split_app(app).0 == wanted
}

/// Key and mode out of the application's name and the stream's. The key is empty if there is none.
pub(crate) fn key_and_mode(app: &str, name: &str) -> (StreamKey, Option<String>) {
    let (key, mode) = name_and_parameter(app, name, "mode");
    (StreamKey(key), mode)
}

/// What a player asks for, and the token that it shows.
pub(crate) fn name_and_token(app: &str, name: &str) -> (String, Option<StreamKey>) {
    let (name, token) = name_and_parameter(app, name, "streamingToken");
    (name, token.map(StreamKey))
}

/// A name out of the application's and the stream's, and a parameter of the query behind either.
fn name_and_parameter(app: &str, name: &str, parameter: &str) -> (String, Option<String>) {
    let (_, in_app, app_query) = split_app(app);
    let (in_name, name_query) = split_query(name);
    let in_name = in_name.trim_matches('/');
    // `live?mode=RTMP/KEY`, where a client takes everything behind the host for the application.
    let (app_query, in_query) = app_query.split_once('/').unwrap_or((app_query, ""));
    let (in_query, _) = split_query(in_query);
    let parts: Vec<_> = [in_app, in_query.trim_matches('/'), in_name]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let value = value(name_query, parameter).or_else(|| value(app_query, parameter));
    (parts.join("/"), value.map(str::to_owned))
}

/// The application's first segment, what follows it, and the query.
fn split_app(app: &str) -> (&str, &str, &str) {
    let (path, query) = split_query(app);
    let path = path.trim_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    (first, rest, query)
}

fn split_query(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

fn value<'a>(query: &'a str, parameter: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(name, value)| (name == parameter).then_some(value))
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_key_is_found() {
        for (app, name, key, mode) in [
            ("live", "KEY", "KEY", None),
            ("live", "KEY?mode=CMAF", "KEY", Some("CMAF")),
            ("live/", "/KEY?a=b&mode=RTMP", "KEY", Some("RTMP")),
            ("live/KEY", "", "KEY", None),
            ("live/KEY?mode=RTMP", "", "KEY", Some("RTMP")),
            ("live?mode=RTMP", "KEY", "KEY", Some("RTMP")),
            ("live?mode=RTMP/KEY", "", "KEY", Some("RTMP")),
            ("live?mode=RTMP", "KEY?mode=CMAF", "KEY", Some("CMAF")),
            ("live/a", "b", "a/b", None),
            ("live", "", "", None),
            ("live", "KEY?mode=", "KEY", None),
        ] {
            let (found, found_mode) = key_and_mode(app, name);
            assert_eq!(
                (found.expose(), found_mode.as_deref()),
                (key, mode),
                "{app} {name}"
            );
            assert!(is_application(app, "live"));
        }
    }

    #[test]
    fn other_applications_are_told_apart() {
        for app in ["", "vod", "livestream", "LIVE", "app/live", "?live"] {
            assert!(!is_application(app, "live"), "{app}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", StreamKey::new("abc")), "StreamKey");
    }
}
