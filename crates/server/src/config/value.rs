//! The grammars of configuration values: how each is written, and what is accepted.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use adapters::postgres::Address;
use tracing_subscriber::EnvFilter;

/// Something that a key can be set to.
pub(crate) trait ConfigValue: Sized {
    /// What is accepted, for the message about a value that isn't.
    const ACCEPTED: &'static str;

    /// Reads it; `None` for what isn't accepted.
    fn parse(text: &str) -> Option<Self>;

    /// A value that is accepted, as people may see it.
    fn shown(text: &str) -> String {
        text.to_owned()
    }
}

/// An address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bind(pub(crate) SocketAddr);

impl ConfigValue for Bind {
    const ACCEPTED: &'static str =
        "an IP address and a port, such as 127.0.0.1:8080 or [::]:8080; port 0 takes any free one";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// An address to listen on, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BindOrOff(pub(crate) Option<SocketAddr>);

impl ConfigValue for BindOrOff {
    const ACCEPTED: &'static str =
        "an IP address and a port, such as 127.0.0.1:1935 (port 0 takes any free one), or off";

    fn parse(text: &str) -> Option<Self> {
        if text == "off" {
            return Some(Self(None));
        }
        text.parse().ok().map(|address| Self(Some(address)))
    }
}

/// An `http` or `https` URL without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpUrl(pub(crate) String);

impl ConfigValue for HttpUrl {
    const ACCEPTED: &'static str = "a URL such as https://video.example.com, without a query";

    fn parse(text: &str) -> Option<Self> {
        url(text, &["http://", "https://"]).map(Self)
    }
}

/// An `rtmp` or `rtmps` URL without an application name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RtmpUrl(pub(crate) String);

impl ConfigValue for RtmpUrl {
    const ACCEPTED: &'static str = "a URL such as rtmp://ingest.example.com, without /live";

    fn parse(text: &str) -> Option<Self> {
        let url = url(text, &["rtmp://", "rtmps://"])?;
        (url.matches('/').count() == 2).then_some(Self(url))
    }
}

fn url(text: &str, schemes: &[&str]) -> Option<String> {
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme))?;
    let fits = !rest.starts_with(['/', ':'])
        && !rest.is_empty()
        && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\"'<>\\".contains(c));
    fits.then(|| text.trim_end_matches('/').to_owned())
}

/// A length of time above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl ConfigValue for Span {
    const ACCEPTED: &'static str = "a length of time such as 200ms, 2s, 10m, 1h or 7d";

    fn parse(text: &str) -> Option<Self> {
        let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(unit_at);
        let number: u64 = number.parse().ok()?;
        let milliseconds = match unit {
            "ms" => number,
            "s" => number.checked_mul(1_000)?,
            "m" => number.checked_mul(60_000)?,
            "h" => number.checked_mul(3_600_000)?,
            "d" => number.checked_mul(86_400_000)?,
            _ => return None,
        };
        (milliseconds > 0).then(|| Self(Duration::from_millis(milliseconds)))
    }
}

/// A length of time above zero, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpanOrOff(pub(crate) Option<Duration>);

impl ConfigValue for SpanOrOff {
    const ACCEPTED: &'static str = "a length of time such as 200ms, 2s, 10m, 1h or 7d, or off";

    fn parse(text: &str) -> Option<Self> {
        if text == "off" {
            return Some(Self(None));
        }
        Span::parse(text).map(|span| Self(Some(span.0)))
    }
}

/// Bits a second, above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bitrate(pub(crate) u64);

impl ConfigValue for Bitrate {
    const ACCEPTED: &'static str =
        "a bitrate such as \"20 Mbit/s\" or \"2500 kbit/s\", or a number of bits a second";

    fn parse(text: &str) -> Option<Self> {
        let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let factor = match unit.trim_start() {
            "" | "bit/s" => 1,
            "kbit/s" => 1_000,
            "Mbit/s" => 1_000_000,
            "Gbit/s" => 1_000_000_000,
            _ => return None,
        };
        let bits = number.parse::<u64>().ok()?.checked_mul(factor)?;
        (bits > 0).then_some(Self(bits))
    }
}

/// How many of something there may be, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u32);

impl ConfigValue for Count {
    const ACCEPTED: &'static str = "a whole number from 1 to 4294967295";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|count| *count > 0).map(Self)
    }
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

impl ConfigValue for Flag {
    const ACCEPTED: &'static str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// A file or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilePath(pub(crate) PathBuf);

impl ConfigValue for FilePath {
    const ACCEPTED: &'static str = "a path";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.into()))
    }
}

/// Any text that isn't blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl ConfigValue for Text {
    const ACCEPTED: &'static str = "a text that is not blank";

    fn parse(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self(text.to_owned()))
    }
}

/// What stands in the place of a secret.
const MASK: &str = "********";

/// The name of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeName(pub(crate) String);

impl ConfigValue for NodeName {
    const ACCEPTED: &'static str = "1 to 128 letters, digits and . _ : -";

    fn parse(text: &str) -> Option<Self> {
        let fits = (1..=128).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
        fits.then(|| Self(text.to_owned()))
    }
}

/// A text that opens something; it never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl ConfigValue for Secret {
    const ACCEPTED: &'static str = "a secret of at least 32 visible ASCII characters";

    fn parse(text: &str) -> Option<Self> {
        let fits = text.len() >= 32 && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    fn shown(_: &str) -> String {
        MASK.to_owned()
    }
}

/// The public half of an app's credentials. A colon would end it in Basic authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiKeyText(pub(crate) String);

impl ConfigValue for ApiKeyText {
    const ACCEPTED: &'static str = "1 to 128 letters, digits and . _ -";

    fn parse(text: &str) -> Option<Self> {
        let fits = (1..=128).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        fits.then(|| Self(text.to_owned()))
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

impl ConfigValue for LogFormat {
    const ACCEPTED: &'static str = "pretty or json";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "pretty" => Some(Self::Pretty),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Which log lines are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFilter(pub(crate) String);

impl ConfigValue for LogFilter {
    const ACCEPTED: &'static str = "directives of tracing-subscriber, such as info or info,media=debug";

    fn parse(text: &str) -> Option<Self> {
        EnvFilter::try_new(text).ok().map(|_| Self(text.to_owned()))
    }
}

/// Where everything that lasts is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StorageUrl {
    /// In an SQLite file.
    Sqlite(PathBuf),
    /// In a PostgreSQL database.
    Postgres(Box<Address>),
    /// In memory, until the process ends.
    Memory,
}

impl ConfigValue for StorageUrl {
    const ACCEPTED: &'static str = "sqlite:PATH, memory:, or postgres://USER:PASSWORD@HOST/DATABASE with ?sslmode= and what \
                                     else docs/running.md lists";

    fn parse(text: &str) -> Option<Self> {
        if text == "memory:" {
            return Some(Self::Memory);
        }
        let Some(path) = text.strip_prefix("sqlite:") else {
            return Address::parse(text).map(|address| Self::Postgres(Box::new(address)));
        };
        (!path.is_empty()).then(|| Self::Sqlite(path.into()))
    }

    fn shown(text: &str) -> String {
        Address::parse(text).map_or_else(|| text.to_owned(), |address| address.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_need_a_unit() {
        let milliseconds = |text| Span::parse(text).map(|span| span.0.as_millis());
        assert_eq!(milliseconds("200ms"), Some(200));
        assert_eq!(milliseconds("2s"), Some(2_000));
        assert_eq!(milliseconds("10m"), Some(600_000));
        assert_eq!(milliseconds("1h"), Some(3_600_000));
        assert_eq!(milliseconds("2d"), Some(172_800_000));
        for refused in [
            "",
            "2",
            "s",
            "2 s",
            "-2s",
            "0s",
            "1.5s",
            "2w",
            "99999999999999999999s",
            "9999999999999999h",
        ] {
            assert_eq!(milliseconds(refused), None, "{refused}");
        }
        assert_eq!(SpanOrOff::parse("off"), Some(SpanOrOff(None)));
        assert_eq!(
            SpanOrOff::parse("1m"),
            Some(SpanOrOff(Some(Duration::from_secs(60))))
        );
    }

    #[test]
    fn bitrates_are_written_with_a_unit_or_in_bits() {
        let bits = |text| Bitrate::parse(text).map(|bitrate| bitrate.0);
        assert_eq!(bits("20 Mbit/s"), Some(20_000_000));
        assert_eq!(bits("20Mbit/s"), Some(20_000_000));
        assert_eq!(bits("2500 kbit/s"), Some(2_500_000));
        assert_eq!(bits("20000000"), Some(20_000_000));
        for refused in [
            "",
            "0",
            "fast",
            "20 MB/s",
            "-1",
            "20 mbit/s",
            "99999999999999999999",
        ] {
            assert_eq!(bits(refused), None, "{refused}");
        }
    }

    #[test]
    fn public_urls_lose_the_slash_at_their_end() {
        assert_eq!(
            HttpUrl::parse("https://a.b/c/"),
            Some(HttpUrl("https://a.b/c".into()))
        );
        assert_eq!(
            RtmpUrl::parse("rtmp://a.b:1935/"),
            Some(RtmpUrl("rtmp://a.b:1935".into()))
        );
        for refused in [
            "a.b",
            "http://",
            "http:///x",
            "ftp://a.b",
            "http://a b",
            "http://a/?q",
        ] {
            assert_eq!(HttpUrl::parse(refused), None, "{refused}");
        }
        assert_eq!(RtmpUrl::parse("rtmp://a.b/live"), None);
        assert_eq!(RtmpUrl::parse("http://a.b"), None);
    }

    #[test]
    fn stores_are_sqlite_files_postgresql_databases_or_memory() {
        assert_eq!(StorageUrl::parse("memory:"), Some(StorageUrl::Memory));
        assert_eq!(
            StorageUrl::parse("sqlite:/var/lib/v.db"),
            Some(StorageUrl::Sqlite("/var/lib/v.db".into()))
        );
        let url = "postgres://u:p@localhost/v?sslmode=require";
        assert_eq!(
            StorageUrl::parse(url),
            Address::parse(url).map(|address| StorageUrl::Postgres(Box::new(address)))
        );
        assert_eq!(
            StorageUrl::shown(url),
            "postgres://u:********@localhost/v?sslmode=require"
        );
        for refused in [
            "sqlite:",
            "postgres://localhost/v?sslmode=maybe",
            "data/videoroom.db",
            "",
        ] {
            assert_eq!(StorageUrl::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn secrets_are_long_and_do_not_show_themselves() {
        assert_eq!(Secret::parse("0123456789012345678901234567890"), None);
        assert_eq!(Secret::parse("0123456789012345678901234567 901"), None);
        let secret = Secret::parse("01234567890123456789012345678901").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
