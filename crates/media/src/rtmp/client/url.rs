//! The address of a publication, as encoders take it.

use std::fmt;
use std::str::FromStr;

use crate::rtmp::StreamKey;

/// `rtmp://host[:port]/app/name[?query]`: an application, and behind the first slash the stream's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishUrl {
    /// A host name or an address.
    pub host: String,
    /// 1935 unless given.
    pub port: u16,
    /// The application's name.
    pub app: String,
    /// The stream's name, which is its key, with the query.
    pub stream: StreamKey,
}

/// The text is no address of a publication.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RTMP URL: rtmp://host[:port]/application/stream-key is expected")]
pub struct InvalidUrl;

impl FromStr for PublishUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let rest = text.strip_prefix("rtmp://").ok_or(InvalidUrl)?;
        let (authority, path) = rest.split_once('/').ok_or(InvalidUrl)?;
        let (app, stream) = path.split_once('/').unwrap_or((path, ""));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| InvalidUrl)?),
            _ => (authority, 1935),
        };
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() || app.is_empty() {
            return Err(InvalidUrl);
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            app: app.to_owned(),
            stream: StreamKey::new(stream),
        })
    }
}

/// The application's URL, as `connect` gives it: without the key.
impl fmt::Display for PublishUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "rtmp://[{}]:{}/{}", self.host, self.port, self.app)
        } else {
            write!(f, "rtmp://{}:{}/{}", self.host, self.port, self.app)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let url: PublishUrl = "rtmp://[::1]:1936/live/KEY?mode=CMAF".parse().unwrap();
        assert_eq!(
            (url.host.as_str(), url.port, url.app.as_str()),
            ("::1", 1936, "live")
        );
        assert_eq!(url.stream.expose(), "KEY?mode=CMAF");
        assert_eq!(url.to_string(), "rtmp://[::1]:1936/live");
        let url: PublishUrl = "rtmp://localhost/live/KEY".parse().unwrap();
        assert_eq!((url.host.as_str(), url.port), ("localhost", 1935));
    }

    #[test]
    fn other_addresses_are_refused() {
        for text in [
            "",
            "http://h/live/KEY",
            "rtmp://h",
            "rtmp:///live/KEY",
            "rtmp://h:x/live/KEY",
            "rtmp://h/",
        ] {
            assert_eq!(text.parse::<PublishUrl>(), Err(InvalidUrl), "{text}");
        }
    }
}
