//! The URL of a PostgreSQL database, and how much TLS it asks for.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// Where a database is: `postgres://user:password@host:port/database?sslmode=…`.
///
/// Parameters are those of libpq, as far as they are about one connection: `sslmode` (`disable`, `prefer`, `require`,
/// `verify-ca`, `verify-full`), `sslrootcert` (a PEM file), `host` and `port` (several, or a directory with a socket),
/// `target_session_attrs`, `channel_binding`, `application_name`, `options`, `connect_timeout` and the keep-alives.
#[derive(Clone)]
pub struct Address {
    url: String,
    pub(super) config: Config,
    pub(super) check: Check,
    pub(super) roots: Option<PathBuf>,
}

/// What of the server's certificate is checked, once there is TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing: whoever is in between can read along.
    Nothing,
    /// That an authority vouches for it.
    Authority,
    /// That, and that it is this host's.
    AuthorityAndHost,
}

impl Address {
    /// Reads a URL. `None` for what is none, or has a parameter that is not known.
    pub fn parse(url: &str) -> Option<Self> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return None;
        }
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut others) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=')? {
                ("sslmode", value) => mode = Some(value),
                ("sslrootcert", path) => roots = Some(PathBuf::from(percent_decoded(path)?)),
                _ => others.push(pair),
            }
        }
        let mut config: Config = format!("{place}?{}", others.join("&")).parse().ok()?;
        let (mode, check) = match (mode.unwrap_or("prefer"), &roots) {
            ("disable", _) => (SslMode::Disable, Check::Nothing),
            ("prefer", _) => (SslMode::Prefer, Check::Nothing),
            ("require", None) => (SslMode::Require, Check::Nothing),
            // As libpq does: whoever names an authority wants it asked.
            ("require", Some(_)) | ("verify-ca", _) => (SslMode::Require, Check::Authority),
            ("verify-full", _) => (SslMode::Require, Check::AuthorityAndHost),
            _ => return None,
        };
        let by_socket = config
            .get_hosts()
            .iter()
            .all(|host| matches!(host, Host::Unix(_)));
        config.ssl_mode(if by_socket { SslMode::Disable } else { mode });
        if config.get_application_name().is_none() {
            config.application_name("videoroom");
        }
        config.keepalives_idle(Duration::from_secs(30));
        (!config.get_hosts().is_empty()).then(|| Self {
            url: url.to_owned(),
            config,
            check,
            roots,
        })
    }

    /// The URL for people: without its password.
    pub fn masked(&self) -> String {
        let Some((scheme, rest)) = self.url.split_once("://") else {
            return String::new();
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let shown = query.split('&').filter(|pair| !pair.starts_with("password="));
        let shown: Vec<_> = shown.filter(|pair| !pair.is_empty()).collect();
        let query = if shown.is_empty() {
            String::new()
        } else {
            format!("?{}", shown.join("&"))
        };
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let user = user
                    .split_once(':')
                    .map_or(user.to_owned(), |(user, _)| format!("{user}:********"));
                format!("{scheme}://{user}@{host}{path}{query}")
            }
            None => format!("{scheme}://{authority}{path}{query}"),
        }
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for Address {}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.masked())
    }
}

/// The text that a part of a URL stands for (RFC 3986, section 2.1).
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Address {
        Address::parse(url).unwrap_or_else(|| panic!("{url}"))
    }

    #[test]
    fn sslmode_says_whether_there_is_tls_and_what_is_checked() {
        for (query, mode, check) in [
            ("", SslMode::Prefer, Check::Nothing),
            ("?sslmode=disable", SslMode::Disable, Check::Nothing),
            ("?sslmode=prefer", SslMode::Prefer, Check::Nothing),
            ("?sslmode=require", SslMode::Require, Check::Nothing),
            (
                "?sslmode=require&sslrootcert=/ca.pem",
                SslMode::Require,
                Check::Authority,
            ),
            ("?sslmode=verify-ca", SslMode::Require, Check::Authority),
            ("?sslmode=verify-full", SslMode::Require, Check::AuthorityAndHost),
        ] {
            let address = parsed(&format!("postgres://u@h/d{query}"));
            assert_eq!(
                (address.config.get_ssl_mode(), address.check),
                (mode, check),
                "{query}"
            );
        }
        let by_socket = parsed("postgres://u@%2Frun%2Fpostgresql/d?sslmode=require");
        assert_eq!(by_socket.config.get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn other_parameters_are_kept() {
        let address =
            parsed("postgresql://u@h:1/d?sslrootcert=%2Fa%20b.pem&application_name=x&connect_timeout=2");
        assert_eq!(address.roots.as_deref(), Some("/a b.pem".as_ref()));
        assert_eq!(address.config.get_application_name(), Some("x"));
        assert_eq!(address.config.get_ports(), [1]);
        assert_eq!(
            parsed("postgres://u@h/d").config.get_application_name(),
            Some("videoroom")
        );
    }

    #[test]
    fn what_is_not_understood_is_no_address() {
        for url in [
            "postgres://h/d?sslmode=allow",
            "postgres://h/d?sslcert=x",
            "postgres://h/d?sslmode",
            "postgres:///d",
            "mysql://h/d",
            "host=h",
        ] {
            assert!(Address::parse(url).is_none(), "{url}");
        }
    }

    #[test]
    fn password_is_not_shown() {
        let address = parsed("postgres://u:p%40ss@h:5/d?password=secret&sslmode=require");
        assert_eq!(address.masked(), "postgres://u:********@h:5/d?sslmode=require");
        assert!(!format!("{address:?}").contains("p%40ss"));
        assert_eq!(parsed("postgres://h/d").masked(), "postgres://h/d");
    }
}
