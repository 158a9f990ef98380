//! A URL of a receiver, taken apart once and judged.

use std::net::IpAddr;

use ports::UrlRefusal;
use url::{Host, Url};

use super::address::is_public;

/// The longest URL that is taken, in characters.
const LONGEST: usize = 2048;

/// Where a notification goes.
#[derive(Debug)]
pub(super) struct Target {
    /// Whether by TLS.
    pub(super) secure: bool,
    /// A name to look up, or an address as it is.
    pub(super) host: Host<String>,
    pub(super) port: u16,
    /// What the `Host` header says.
    pub(super) authority: String,
    /// The path and the query.
    pub(super) resource: String,
}

impl Target {
    pub(super) fn parse(text: &str, allow_private: bool) -> Result<Self, UrlRefusal> {
        if text.chars().nth(LONGEST).is_some() {
            return Err(UrlRefusal("url takes at most 2048 characters"));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(UrlRefusal("url must have no spaces or control characters"));
        }
        let url =
            Url::parse(text).map_err(|_| UrlRefusal("url must be a URL such as https://example.com/hook"))?;
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(UrlRefusal("url must begin with https:// or http://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal(
                "url must have no credentials in it; they go into accessId and accessPassword",
            ));
        }
        let host = url.host().ok_or(UrlRefusal("url must have a host"))?.to_owned();
        if !allow_private && is_inside(&host) {
            return Err(INSIDE);
        }
        let port = url
            .port_or_known_default()
            .filter(|port| *port != 0)
            .ok_or(UrlRefusal("url must have a port other than 0"))?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let resource = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Ok(Self {
            secure,
            host,
            port,
            authority,
            resource,
        })
    }
}

/// Why nothing is sent to an address of inside.
pub(super) const INSIDE: UrlRefusal =
    UrlRefusal("url must not lead to a private, loopback or otherwise special address");

/// Whether that can be told from the host itself. Where a name leads is looked at each time that it is looked up.
fn is_inside(host: &Host<String>) -> bool {
    match host {
        Host::Ipv4(address) => !is_public(IpAddr::V4(*address)),
        Host::Ipv6(address) => !is_public(IpAddr::V6(*address)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> bool {
        Target::parse(url, false).is_err()
    }

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("https://hooks.example.com:8443/a/b?c=d#e", false).unwrap();
        assert!(target.secure);
        assert_eq!(target.host, Host::Domain("hooks.example.com".to_owned()));
        assert_eq!(
            (target.port, target.authority.as_str()),
            (8443, "hooks.example.com:8443")
        );
        assert_eq!(target.resource, "/a/b?c=d");
        let target = Target::parse("http://example.com", false).unwrap();
        assert_eq!(
            (target.secure, target.port, target.resource.as_str()),
            (false, 80, "/")
        );
    }

    #[test]
    fn what_is_no_address_for_a_receiver_is_refused() {
        for url in [
            "",
            "example.com",
            "ftp://example.com/",
            "file:///etc/passwd",
            "https://",
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://example.com:0/",
            "https://example.com:99999/",
        ] {
            assert!(Target::parse(url, true).is_err(), "{url}");
        }
        assert!(refused(&format!("https://example.com/{}", "x".repeat(2048))));
    }

    #[test]
    fn addresses_of_inside_are_refused_however_they_are_written() {
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://localhost:9090/metrics",
            "http://LOCALHOST./",
            "http://a.localhost/",
        ] {
            assert!(refused(url), "{url}");
            assert!(Target::parse(url, true).is_ok(), "{url}");
        }
    }
}
