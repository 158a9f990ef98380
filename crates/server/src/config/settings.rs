//! The configuration as the program uses it: typed, checked against itself, with what is derived from it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use ports::TokenSecret;

use super::value::{
    ApiKeyText, Bind, BindOrOff, Bitrate, Count, FilePath, Flag, HttpUrl, LogFilter, LogFormat, NodeName,
    RtmpUrl, Secret, Span, SpanOrOff, StorageUrl, Text,
};
use super::{Effective, Problems};
use crate::tls::TlsFiles;

/// All that the program is told.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where the API, players and the watch page are served.
    pub(crate) http_bind: SocketAddr,
    /// What others put before its paths.
    pub(crate) http_url: Url,
    /// The certificate for HTTPS; without, HTTP is plain.
    pub(crate) http_tls: Option<TlsFiles>,
    /// Where publishers connect.
    pub(crate) rtmp_bind: Option<SocketAddr>,
    /// Where publishers connect by RTMPS, and the certificate for it. A node that has neither of the two takes none.
    pub(crate) rtmp_tls: Option<(SocketAddr, TlsFiles)>,
    /// What publishers put before `/live`.
    pub(crate) rtmp_url: Url,
    /// Where operators look.
    pub(crate) ops_bind: Option<SocketAddr>,
    /// Where everything that lasts is kept.
    pub(crate) storage: StorageUrl,
    /// Whether pending migrations are applied to PostgreSQL at start.
    pub(crate) auto_migrate: bool,
    /// How many connections to it there may be.
    pub(crate) storage_connections: u32,
    /// The name of this process among those on the same store, if it was given one.
    pub(crate) node_name: Option<String>,
    /// Where the others send players of its media, if not to `http_url`.
    pub(crate) node_url: Option<String>,
    /// After what silence the others take it for dead.
    pub(crate) node_lease: Duration,
    /// Target durations and window of what is packaged.
    pub(crate) media: Media,
    /// The app that exists after start.
    pub(crate) bootstrap: Bootstrap,
    /// What tokens are signed with, if not with a secret that the store keeps.
    pub(crate) token_secret: Option<TokenSecret>,
    /// Whether rooms that are not `PUBLIC` are closed to players without a token.
    pub(crate) enforce_access_level: bool,
    /// Whether apps may be called back at addresses that are not public.
    pub(crate) callbacks_to_private: bool,
    /// For how long events can be read again.
    pub(crate) events_retention: Duration,
    /// After what time an interrupted room is ended, if ever.
    pub(crate) auto_end_after: Option<Duration>,
    /// Bounds.
    pub(crate) limits: Limits,
    /// How log lines look; `None`: as it fits the terminal.
    pub(crate) log_format: Option<LogFormat>,
    /// Which log lines are written.
    pub(crate) log_filter: String,
}

/// Target durations and window of what is packaged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Media {
    pub(crate) segment_duration: Duration,
    pub(crate) part_duration: Duration,
    pub(crate) window: Duration,
}

/// Bounds of what the program takes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bits a second.
    pub(crate) publisher_bitrate: u64,
    /// Of one app.
    pub(crate) api_requests_per_second: NonZeroU32,
    pub(crate) publishers: u32,
    pub(crate) viewers: u32,
    pub(crate) event_sources: u32,
}

/// The app that exists after start.
#[derive(Debug, Clone)]
pub(crate) struct Bootstrap {
    pub(crate) app_name: String,
    pub(crate) owner_username: String,
    pub(crate) owner_email: String,
    /// Its credentials, if they are not to be made up.
    pub(crate) credentials: Option<(String, Secret)>,
}

/// What others put before a path: set, or derived from the address that was bound.
#[derive(Debug, Clone)]
pub(crate) enum Url {
    /// As it was set.
    Set(String),
    /// This scheme, and the address.
    Derived(&'static str),
}

impl Url {
    /// The URL, where `bound` is the address that is listened on. An address that stands for all of a machine's
    /// is no address for others: the loopback one is put in its place.
    pub(crate) fn of(&self, mut bound: SocketAddr) -> String {
        match self {
            Self::Set(url) => url.clone(),
            Self::Derived(scheme) => {
                if bound.ip().is_unspecified() {
                    bound.set_ip(match bound.ip() {
                        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
                    });
                }
                format!("{scheme}://{bound}")
            }
        }
    }

    /// Whether others will be given an address that works on this machine only, although all of its addresses
    /// are listened on.
    pub(crate) fn is_a_guess_for(&self, bound: SocketAddr) -> bool {
        matches!(self, Self::Derived(_)) && bound.ip().is_unspecified()
    }
}

const SHORTEST_SEGMENT: Duration = Duration::from_millis(500);
const LONGEST_SEGMENT: Duration = Duration::from_secs(20);

/// Shorter ones run out while a busy machine looks away.
const SHORTEST_LEASE: Duration = Duration::from_secs(2);
/// As long a process that died keeps its name, and its keys look published.
const LONGEST_LEASE: Duration = Duration::from_secs(5 * 60);

impl Settings {
    /// The settings that are in force.
    ///
    /// # Errors
    /// When values contradict each other.
    pub(crate) fn new(effective: &Effective) -> anyhow::Result<Self> {
        let settings =
            Self::read(effective).ok_or_else(|| anyhow::anyhow!("a key has no value and no default"))?;
        let mut problems = Problems::default();
        settings.media.check(&mut problems);
        if !(SHORTEST_LEASE..=LONGEST_LEASE).contains(&settings.node_lease) {
            problems.add("node.lease must be between 2s and 5m");
        }
        let given = |key| effective.entry(key).is_some();
        check_tls(effective, &mut problems);
        if given("bootstrap.api_key") != given("bootstrap.api_secret") {
            problems.add("bootstrap.api_key and bootstrap.api_secret go together: set both or neither");
        }
        problems.into_result()?;
        Ok(settings)
    }

    fn read(effective: &Effective) -> Option<Self> {
        let url = |set: Option<String>, scheme| set.map_or(Url::Derived(scheme), Url::Set);
        let http_url = effective.get::<HttpUrl>("http.public_url").map(|url| url.0);
        let rtmp_url = effective.get::<RtmpUrl>("rtmp.public_url").map(|url| url.0);
        let http_tls = tls_files(effective, "http.tls");
        let rtmp_bind = effective.get::<BindOrOff>("rtmp.bind")?.0;
        let rtmp_tls = effective
            .get::<BindOrOff>("rtmp.tls.bind")?
            .0
            .zip(tls_files(effective, "rtmp.tls"));
        Some(Self {
            http_bind: effective.get::<Bind>("http.bind")?.0,
            http_url: url(http_url, if http_tls.is_some() { "https" } else { "http" }),
            http_tls,
            // Publishers are told of the plain address as long as there is one.
            rtmp_url: url(
                rtmp_url,
                if rtmp_bind.is_none() && rtmp_tls.is_some() {
                    "rtmps"
                } else {
                    "rtmp"
                },
            ),
            rtmp_bind,
            rtmp_tls,
            ops_bind: effective.get::<BindOrOff>("ops.bind")?.0,
            storage: effective.get("storage.url")?,
            auto_migrate: effective.get::<Flag>("storage.auto_migrate")?.0,
            storage_connections: effective.get::<Count>("storage.max_connections")?.0,
            node_name: effective.get::<NodeName>("node.name").map(|name| name.0),
            node_url: effective.get::<HttpUrl>("node.public_url").map(|url| url.0),
            node_lease: effective.get::<Span>("node.lease")?.0,
            media: Media {
                segment_duration: effective.get::<Span>("media.segment_duration")?.0,
                part_duration: effective.get::<Span>("media.part_duration")?.0,
                window: effective.get::<Span>("media.window")?.0,
            },
            bootstrap: Bootstrap::read(effective),
            token_secret: effective
                .get::<Secret>("auth.token_secret")
                .map(|secret| TokenSecret::new(secret.expose())),
            enforce_access_level: effective.get::<Flag>("playback.enforce_access_level")?.0,
            callbacks_to_private: effective.get::<Flag>("callbacks.allow_private_addresses")?.0,
            events_retention: effective.get::<Span>("events.retention")?.0,
            auto_end_after: effective.get::<SpanOrOff>("broadcast.auto_end_after")?.0,
            limits: Limits {
                publisher_bitrate: effective.get::<Bitrate>("limits.publisher_bitrate")?.0,
                api_requests_per_second: NonZeroU32::new(
                    effective.get::<Count>("limits.api_requests_per_second")?.0,
                )?,
                publishers: effective.get::<Count>("limits.publishers")?.0,
                viewers: effective.get::<Count>("limits.viewers")?.0,
                event_sources: effective.get::<Count>("limits.event_sources")?.0,
            },
            log_format: effective.get("log.format"),
            log_filter: effective.get::<LogFilter>("log.filter")?.0,
        })
    }
}

fn tls_files(effective: &Effective, section: &'static str) -> Option<TlsFiles> {
    let file = |key: &str| effective.get::<FilePath>(&format!("{section}.{key}"));
    Some(TlsFiles {
        section,
        cert: file("cert")?.0,
        key: file("key")?.0,
    })
}

/// A certificate goes with its key, and RTMPS needs both and an address.
fn check_tls(effective: &Effective, problems: &mut Problems) {
    let given = |key: &str| effective.entry(key).is_some();
    for section in ["http.tls", "rtmp.tls"] {
        if given(&format!("{section}.cert")) != given(&format!("{section}.key")) {
            problems.add(format!(
                "{section}.cert and {section}.key go together: set both or neither"
            ));
        }
    }
    let bind = effective.get::<BindOrOff>("rtmp.tls.bind");
    let listens = bind.is_some_and(|bind| bind.0.is_some());
    if listens && !given("rtmp.tls.cert") && !given("rtmp.tls.key") {
        problems.add("rtmp.tls.bind needs a certificate: set rtmp.tls.cert and rtmp.tls.key");
    }
    if !listens && given("rtmp.tls.cert") && given("rtmp.tls.key") {
        problems.add("rtmp.tls.cert is for rtmp.tls.bind: set that to an address, such as 0.0.0.0:1936");
    }
}

impl Bootstrap {
    fn read(effective: &Effective) -> Self {
        let text = |key: &str, otherwise: &str| {
            effective
                .get::<Text>(key)
                .map_or_else(|| otherwise.to_owned(), |text| text.0)
        };
        let key = effective.get::<ApiKeyText>("bootstrap.api_key").map(|key| key.0);
        Self {
            app_name: text("bootstrap.app_name", "My App"),
            owner_username: text("bootstrap.owner_username", "owner"),
            owner_email: text("bootstrap.owner_email", "owner@localhost"),
            credentials: key.zip(effective.get::<Secret>("bootstrap.api_secret")),
        }
    }
}

impl Media {
    fn check(&self, problems: &mut Problems) {
        if !(SHORTEST_SEGMENT..=LONGEST_SEGMENT).contains(&self.segment_duration) {
            problems.add("media.segment_duration must be between 500ms and 20s");
        }
        if self.part_duration >= self.segment_duration {
            problems.add("media.part_duration must be shorter than media.segment_duration");
        }
        if self.window < self.segment_duration * 3 {
            problems.add(
                "media.window must be at least three times media.segment_duration: players need that much",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn settings(file: &str) -> anyhow::Result<Settings> {
        Settings::new(&Effective::merge(Some((Path::new("v.toml"), file)), [])?)
    }

    #[test]
    fn defaults_are_those_of_the_manual() {
        let settings = settings("").unwrap();
        assert_eq!(settings.http_bind, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(settings.rtmp_bind, "127.0.0.1:1935".parse().ok());
        assert_eq!(settings.ops_bind, "127.0.0.1:9090".parse().ok());
        assert_eq!(settings.storage, StorageUrl::Sqlite("data/videoroom.db".into()));
        assert_eq!(settings.media.part_duration, Duration::from_millis(333));
        assert_eq!(settings.limits.publisher_bitrate, 20_000_000);
        assert!(settings.enforce_access_level);
    }

    #[test]
    fn public_urls_are_derived_from_the_bound_address() {
        let settings = settings("[rtmp]\npublic_url = \"rtmp://ingest.example.com/\"\n").unwrap();
        assert_eq!(
            settings.http_url.of("127.0.0.1:41000".parse().unwrap()),
            "http://127.0.0.1:41000"
        );
        assert_eq!(
            settings.http_url.of("0.0.0.0:8080".parse().unwrap()),
            "http://127.0.0.1:8080"
        );
        assert_eq!(
            settings.http_url.of("[::]:8080".parse().unwrap()),
            "http://[::1]:8080"
        );
        assert_eq!(
            settings.rtmp_url.of("0.0.0.0:1935".parse().unwrap()),
            "rtmp://ingest.example.com"
        );
        assert!(settings.http_url.is_a_guess_for("0.0.0.0:8080".parse().unwrap()));
        assert!(!settings.rtmp_url.is_a_guess_for("0.0.0.0:1935".parse().unwrap()));
    }

    #[test]
    fn values_that_contradict_each_other_are_refused_together() {
        let file =
            "[media]\nsegment_duration = \"6s\"\npart_duration = \"6s\"\n[bootstrap]\napi_key = \"k\"\n";
        let told = settings(file).unwrap_err().to_string();
        for part in [
            "media.part_duration must be shorter",
            "media.window must be at least",
            "go together",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn public_urls_say_whether_there_is_tls() {
        let bound = "127.0.0.1:4000".parse().unwrap();
        let files = "cert = \"c.pem\"\nkey = \"k.pem\"\n";
        let tls = format!("[http.tls]\n{files}[rtmp.tls]\nbind = \"127.0.0.1:1936\"\n{files}");
        let both = settings(&tls).unwrap();
        assert_eq!(both.http_url.of(bound), "https://127.0.0.1:4000");
        assert_eq!(both.rtmp_url.of(bound), "rtmp://127.0.0.1:4000");
        let only = settings(&format!("[rtmp]\nbind = \"off\"\n{tls}")).unwrap();
        assert_eq!(only.rtmp_url.of(bound), "rtmps://127.0.0.1:4000");
    }

    #[test]
    fn half_a_certificate_is_refused() {
        for (file, told) in [
            (
                "[http.tls]\ncert = \"c.pem\"\n",
                "http.tls.cert and http.tls.key go together",
            ),
            (
                "[rtmp.tls]\nbind = \"127.0.0.1:1936\"\n",
                "rtmp.tls.bind needs a certificate",
            ),
            (
                "[rtmp.tls]\ncert = \"c.pem\"\nkey = \"k.pem\"\n",
                "rtmp.tls.cert is for rtmp.tls.bind",
            ),
        ] {
            let error = settings(file).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn what_is_not_said_of_the_first_app_has_a_default() {
        let settings = settings("[bootstrap]\napp_name = \"Shop\"\n").unwrap();
        assert_eq!(settings.bootstrap.app_name, "Shop");
        assert_eq!(settings.bootstrap.owner_username, "owner");
        assert_eq!(settings.bootstrap.owner_email, "owner@localhost");
        assert!(settings.bootstrap.credentials.is_none());
    }
}
