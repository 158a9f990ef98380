//! The one table of all keys: it drives defaults, the check for unknown keys, and `videoroom config`.

use super::value::{
    ApiKeyText, Bind, BindOrOff, Bitrate, ConfigValue, Count, FilePath, Flag, HttpUrl, LogFilter, LogFormat,
    NodeName, RtmpUrl, Secret, Span, SpanOrOff, StorageUrl, Text,
};

/// What a key is when nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// This value.
    Value(&'static str),
    /// Nothing, or something that is found out at start: the text says what.
    Unset(&'static str),
}

/// One key of the configuration.
pub(crate) struct Key {
    /// Its full name, sections separated by dots.
    pub(crate) name: &'static str,
    /// What it is when nobody sets it.
    pub(crate) default: Fallback,
    /// What it is for, in one line.
    pub(crate) doc: &'static str,
    /// Whether its value is never shown.
    pub(crate) secret: bool,
    /// How its value is shown.
    pub(crate) shown: fn(&str) -> String,
    /// Whether this release does anything with it.
    pub(crate) used: bool,
    /// What is accepted.
    pub(crate) accepted: &'static str,
    /// Whether a value is accepted.
    pub(crate) accepts: fn(&str) -> bool,
}

impl Key {
    const fn of<T: ConfigValue>(name: &'static str, default: Fallback, doc: &'static str) -> Self {
        Self {
            name,
            default,
            doc,
            secret: false,
            shown: T::shown,
            used: true,
            accepted: T::ACCEPTED,
            accepts: |text| T::parse(text).is_some(),
        }
    }

    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn for_later(mut self) -> Self {
        self.used = false;
        self
    }

    /// The environment variable that sets it.
    pub(crate) fn variable(&self) -> String {
        format!(
            "{}{}",
            super::source::PREFIX,
            self.name.to_ascii_uppercase().replace('.', "__")
        )
    }
}

use Fallback::{Unset, Value};

/// Every key, in the order in which `videoroom config` prints them.
pub(crate) const KEYS: &[Key] = &[
    Key::of::<Bind>(
        "http.bind",
        Value("127.0.0.1:8080"),
        "where the API, players and the watch page are served",
    ),
    Key::of::<HttpUrl>(
        "http.public_url",
        Unset("derived from http.bind"),
        "what others put before these paths",
    ),
    Key::of::<FilePath>(
        "http.tls.cert",
        Unset("off"),
        "certificate chain, PEM; http.bind then serves HTTPS and HTTP/2",
    ),
    Key::of::<FilePath>("http.tls.key", Unset("off"), "its private key, PEM"),
    Key::of::<BindOrOff>(
        "rtmp.bind",
        Value("127.0.0.1:1935"),
        "where publishers connect; off makes an API-only node",
    ),
    Key::of::<RtmpUrl>(
        "rtmp.public_url",
        Unset("derived from rtmp.bind"),
        "what publishers put before /live",
    ),
    Key::of::<BindOrOff>("rtmp.tls.bind", Value("off"), "where publishers connect by RTMPS"),
    Key::of::<FilePath>("rtmp.tls.cert", Unset("off"), "certificate chain for RTMPS, PEM"),
    Key::of::<FilePath>("rtmp.tls.key", Unset("off"), "its private key, PEM"),
    Key::of::<BindOrOff>(
        "ops.bind",
        Value("127.0.0.1:9090"),
        "where /healthz and /readyz are served for operators",
    ),
    Key::of::<StorageUrl>(
        "storage.url",
        Value("sqlite:data/videoroom.db"),
        "where everything that lasts is kept",
    ),
    Key::of::<Flag>(
        "storage.auto_migrate",
        Value("false"),
        "true: pending migrations are applied to PostgreSQL at start, as they always are to SQLite",
    ),
    Key::of::<Count>("storage.max_connections", Value("16"), "connections to the store"),
    Key::of::<NodeName>(
        "node.name",
        Unset("main, or on PostgreSQL the host's name and the RTMP port"),
        "this process among those on one store; keeps it over restarts, and shares it with none",
    ),
    Key::of::<HttpUrl>(
        "node.public_url",
        Unset("http.public_url"),
        "where other nodes send players of this node's media",
    ),
    Key::of::<Span>(
        "node.lease",
        Value("10s"),
        "after this silence a node counts as dead",
    ),
    Key::of::<FilePath>("data_dir", Value("data"), "where recordings are kept").for_later(),
    Key::of::<Span>(
        "media.segment_duration",
        Value("2s"),
        "target duration of a segment",
    ),
    Key::of::<Span>("media.part_duration", Value("333ms"), "target duration of a part"),
    Key::of::<Span>(
        "media.window",
        Value("12s"),
        "how much media a live playlist lists",
    ),
    Key::of::<Secret>(
        "auth.token_secret",
        Unset("generated once into the store"),
        "signs tokens and path grants",
    )
    .secret(),
    Key::of::<Text>(
        "bootstrap.app_name",
        Unset("My App"),
        "an app of this name exists after start",
    ),
    Key::of::<ApiKeyText>(
        "bootstrap.api_key",
        Unset("made up"),
        "its key; needs bootstrap.api_secret",
    ),
    Key::of::<Secret>(
        "bootstrap.api_secret",
        Unset("made up"),
        "its secret; needs bootstrap.api_key",
    )
    .secret(),
    Key::of::<Text>("bootstrap.owner_username", Unset("owner"), "the user who owns it"),
    Key::of::<Text>(
        "bootstrap.owner_email",
        Unset("owner@localhost"),
        "where that user gets mail",
    ),
    Key::of::<Flag>(
        "playback.enforce_access_level",
        Value("true"),
        "false: every room plays as PUBLIC",
    ),
    Key::of::<Flag>(
        "callbacks.allow_private_addresses",
        Value("false"),
        "true: apps may be called back at private and loopback addresses",
    ),
    Key::of::<Span>(
        "events.retention",
        Value("7d"),
        "for how long events can be read, and deliveries looked at",
    ),
    Key::of::<SpanOrOff>(
        "broadcast.auto_end_after",
        Value("off"),
        "ends a room that has been LIVE_INACTIVE for that long",
    ),
    Key::of::<Bitrate>(
        "limits.publisher_bitrate",
        Value("20 Mbit/s"),
        "a publisher above it for 10 s is disconnected",
    ),
    Key::of::<Count>(
        "limits.api_requests_per_second",
        Value("1000"),
        "requests of each app to this process; a second's worth may come at once",
    ),
    Key::of::<Count>("limits.publishers", Value("1000"), "publishers at a time"),
    Key::of::<Count>(
        "limits.viewers",
        Value("20000"),
        "connections of players at a time",
    ),
    Key::of::<Count>(
        "limits.event_sources",
        Value("10000"),
        "connections of members' devices that listen at a time",
    ),
    Key::of::<Count>(
        "limits.chat_connections",
        Value("10000"),
        "connections to the chat at a time",
    )
    .for_later(),
    Key::of::<LogFormat>(
        "log.format",
        Unset("pretty on a terminal, else json"),
        "how log lines look",
    ),
    Key::of::<LogFilter>("log.filter", Value("info"), "which log lines are written"),
];

/// The key of that name.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The key whose name is nearest to one that doesn't exist, if it is near enough to be meant.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    KEYS.iter()
        .map(|key| (distance(name, key.name), key.name))
        .min()
        .filter(|(distance, key)| *distance <= 1 + key.len() / 4)
        .map(|(_, key)| key)
}

/// How many characters must be added, removed or changed to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b.chars()) {
            let here = (diagonal + usize::from(from != to)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, here);
            left = here;
        }
        row[0] = i + 1;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_accepted_by_its_own_key() {
        for key in KEYS {
            if let Value(text) = key.default {
                assert!((key.accepts)(text), "{} = {text}", key.name);
            }
        }
    }

    #[test]
    fn nearest_key_is_suggested_unless_it_is_far() {
        assert_eq!(nearest("http.bnd"), Some("http.bind"));
        assert_eq!(nearest("http.publicurl"), Some("http.public_url"));
        assert_eq!(nearest("storage.uri"), Some("storage.url"));
        assert_eq!(nearest("completely.different.thing"), None);
    }

    #[test]
    fn distance_counts_single_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn variables_separate_sections_with_two_underscores() {
        let variable = find("http.tls.cert").map(Key::variable);
        assert_eq!(variable.as_deref(), Some("VIDEOROOM__HTTP__TLS__CERT"));
    }
}
