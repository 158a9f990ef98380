//! Requests as players make them.

use std::time::{Duration, Instant};

use ureq::Agent;

use crate::rules::files::Fetched;
use crate::watch::CheckError;

/// The longest that any answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whoever asks, on connections that stay open.
pub(crate) struct Client(Agent);

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
    /// Seconds until its head was there.
    pub(crate) waited: f64,
    /// Seconds from there to its end.
    pub(crate) took: f64,
}

impl Client {
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Self(Agent::new_with_config(config))
    }

    pub(crate) fn get(&self, url: &str) -> Result<Reply, CheckError> {
        let unreachable = |error| CheckError::Unreachable {
            url: url.to_owned(),
            source: Box::new(error),
        };
        let asked = Instant::now();
        let mut response = self.0.get(url).call().map_err(unreachable)?;
        let waited = asked.elapsed();
        let content_type = response.headers().get("content-type");
        let content_type = content_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let bytes = response
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_vec()
            .map_err(unreachable)?;
        Ok(Reply {
            status: response.status().as_u16(),
            content_type,
            bytes,
            waited: waited.as_secs_f64(),
            took: asked.elapsed().saturating_sub(waited).as_secs_f64(),
        })
    }

    /// A playlist that must be there.
    pub(crate) fn playlist(&self, url: &str) -> Result<Reply, CheckError> {
        let reply = self.get(url)?;
        match reply.status {
            200 => Ok(reply),
            status => Err(CheckError::Status {
                url: url.to_owned(),
                status,
            }),
        }
    }

    /// What a playlist names by an address relative to its own.
    pub(crate) fn file(&self, playlist: &str, uri: &str) -> Result<Fetched, CheckError> {
        let reply = self.get(&beside(playlist, uri))?;
        Ok(Fetched {
            uri: uri.to_owned(),
            status: reply.status,
            bytes: reply.bytes,
            took: reply.took,
        })
    }
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// The address that a relative one stands for in the file at `url`.
pub(crate) fn beside(url: &str, name: &str) -> String {
    if name.contains("://") {
        return name.to_owned();
    }
    let path = url.split('?').next().unwrap_or(url);
    if name.starts_with('/') {
        let host = path.find("://").map_or(0, |scheme| scheme + 3);
        let end = path
            .get(host..)
            .and_then(|rest| rest.find('/'))
            .map_or(path.len(), |slash| host + slash);
        return format!("{}{name}", path.get(..end).unwrap_or(path));
    }
    let (directory, _) = path.rsplit_once('/').unwrap_or((path, ""));
    format!("{directory}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_relative_to_the_playlist() {
        for (name, expected) in [
            ("b.m3u8", "http://host:1/live/a/b.m3u8"),
            ("s/1.m4s", "http://host:1/live/a/s/1.m4s"),
            ("/other", "http://host:1/other"),
            ("https://cdn/x", "https://cdn/x"),
        ] {
            assert_eq!(beside("http://host:1/live/a/index.m3u8?token=/x", name), expected);
        }
    }
}
