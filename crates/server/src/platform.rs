//! The platform as it runs in this process: everything put together, started in order, and stopped in order.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use adapters::callbacks::WebhookSender;
use adapters::embedded::{MediaServer as Embedded, Origin};
use adapters::{Jwt, OsSecrets, SystemClock};
use anyhow::Context as _;
use application::{Application, Bootstrap, Bootstrapped, Parts};
use domain::ApiKeyId;
use media::UnixMicros;
use media::hub::{Hub, PackagingSettings};
use media::server::{RtmpServer, ServerSettings};
use ports::ApiSecret;
use ports::media::MediaServer;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::config::{Settings, StorageUrl, Url};
use crate::failure::Failure;
use crate::metrics::{Metrics, Sources};
use crate::no_ingest::NoIngest;
use crate::node;
use crate::readiness::Readiness;
use crate::store;
use crate::tls::Certificate;
use crate::welcome::Addresses;

/// How long requests in flight, and after them publishers, have to finish when the platform stops.
const GRACE: Duration = Duration::from_secs(10);

/// Connections of back ends and probes that an HTTP worker takes beside those of players.
const OTHER_CONNECTIONS: usize = 1_024;

/// How often media is freed that nobody asks for any more, and what was recorded is put into its buckets.
const SWEEP: Duration = Duration::from_secs(5);

/// A platform that runs.
pub(crate) struct Platform {
    /// The use cases, for what runs in the same process.
    pub(crate) application: Application,
    /// Where others reach it.
    pub(crate) addresses: Addresses,
    /// Where it is reached from this machine, whatever stands between it and the others.
    pub(crate) local: Addresses,
    /// The app that is there, and its credentials if they were made just now.
    pub(crate) bootstrapped: Bootstrapped,
    /// Those that are shown to who connects by TLS.
    certificates: Vec<Arc<Certificate>>,
    media: Arc<dyn MediaServer>,
    node: JoinHandle<()>,
    ingest: JoinHandle<()>,
    sweeper: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    events: JoinHandle<()>,
    state: api::State,
    http: ServerHandle,
    ops: Option<ServerHandle>,
}

impl Platform {
    /// Starts everything; returns when the platform is ready.
    ///
    /// # Errors
    /// The first thing that could not be started, with what to do about it.
    pub(crate) async fn start(settings: &Settings) -> anyhow::Result<Self> {
        let metrics = Metrics::install()?;
        let tls = Tls::load(settings)?;
        let http = listen(settings.http_bind, "http.bind")?;
        let ops = settings
            .ops_bind
            .map(|bind| listen(bind, "ops.bind"))
            .transpose()?;
        let opened = store::to_serve(settings).await?;
        for migration in &opened.migrated {
            tracing::info!(%migration, "the store was migrated");
        }
        let hub = hub(settings);
        let ingesting = ingest(settings, &tls, &hub).await?;
        let media = ingesting.media;
        let bound = Bound {
            http: http.local_addr()?,
            rtmp: ingesting.rtmp,
            rtmps: ingesting.rtmps,
            ops: ops.as_ref().map(TcpListener::local_addr).transpose()?,
        };
        bound.warn_of_guesses(settings);
        let application = Application::new(Parts {
            store: opened.store,
            media: media.clone(),
            origin: Arc::new(Origin::new(hub.clone())),
            clock: Arc::new(SystemClock),
            secrets: Arc::new(OsSecrets),
            tokens: Arc::new(Jwt),
            token_secret: settings.token_secret.clone(),
            node: node::name(settings, bound.publishers().unwrap_or(bound.http).port()),
            membership: node::membership(settings, bound.http_url(settings)),
            enforce_access_level: settings.enforce_access_level,
            shares_store: matches!(settings.storage, StorageUrl::Postgres(_)),
            notifications: Arc::new(webhooks(settings)?),
            auto_end_after: settings.auto_end_after,
            events_retention: settings.events_retention,
        });
        let readiness = Readiness::new(application.clone());
        let links = api::Links::new(bound.http_url(settings), bound.rtmp_url(settings));
        let state = api::State::new(
            application.clone(),
            Handle::current(),
            links,
            Arc::new(readiness.clone()),
            api_limits(settings),
        );
        metrics.look_at(Sources {
            application: application.clone(),
            hub: hub.clone(),
            publishers: ingesting.server,
            connections: opened.connections,
        });
        let operations = |listener| {
            let metrics = Arc::new(metrics.clone());
            run(api::serve_operations(
                listener,
                state.clone(),
                metrics,
                &ops_settings(),
            ))
        };
        let ops = ops.map(operations).transpose()?;

        let bootstrapped = bootstrap(&application, settings).await?;
        // A name may have to be waited for; others start meanwhile.
        drop(opened.turn);
        application.join().await.map_err(node::unjoined)?;
        let lives = tokio::spawn({
            let application = application.clone();
            async move { application.stay().await }
        });
        node::put_right(&application, settings).await?;
        readiness.repaired();
        let ingest = tokio::spawn({
            let application = application.clone();
            async move { application.run_ingest().await }
        });
        let upkeep = tokio::spawn({
            let application = application.clone();
            async move { application.run_upkeep().await }
        });
        readiness.listening(ingest.abort_handle());
        let events = tokio::spawn(tell_of_events(application.clone()));
        let http = run(api::serve(http, state.clone(), &http_settings(settings, &tls)?))?;
        Ok(Self {
            addresses: bound.addresses(settings),
            local: bound.local(settings),
            application,
            bootstrapped,
            certificates: tls.certificates().collect(),
            media,
            node: lives,
            ingest,
            sweeper: tokio::spawn(sweep(hub, metrics)),
            upkeep,
            events,
            state,
            http,
            ops,
        })
    }

    /// Waits until another process has taken this one's name. Then this one has no publishers any more, and must stop.
    pub(crate) async fn displaced(&mut self) {
        // A task that failed keeps no lease either.
        let _ = (&mut self.node).await;
    }

    /// Reads the certificates again. One that can't be used stays as it is, and that is logged.
    pub(crate) fn reload_certificates(&self) {
        for certificate in &self.certificates {
            let section = certificate.section();
            match certificate.reload() {
                Ok(()) => tracing::info!(section, "the certificate was read again"),
                Err(error) => tracing::error!(
                    section,
                    error = format!("{error:#}"),
                    "the certificate could not be read again; the one of before stays in use"
                ),
            }
        }
    }

    /// Stops everything in order: no longer ready, requests in flight finished, publishers sent off, every change of
    /// state written.
    ///
    /// # Errors
    /// When not every change of state could be written in time. The next start puts that right.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.state.stop();
        tracing::info!("stopping");
        self.http.stop(true).await;
        self.sweeper.abort();
        self.upkeep.abort();
        self.events.abort();
        let written = async {
            self.media.shut_down().await;
            if let Err(error) = self.application.release_callbacks().await {
                tracing::debug!(%error, "other processes will tell apps of their events a little later");
            }
            self.ingest.await
        };
        let written = tokio::time::timeout(GRACE, written).await;
        self.node.abort();
        if matches!(written, Ok(Ok(())))
            && let Err(error) = self.application.leave().await
        {
            tracing::debug!(%error, "the name of this process is free when its lease has run out");
        }
        if let Some(ops) = self.ops {
            ops.stop(true).await;
        }
        written
            .context("not every change of state was written in time; the next start puts it right")?
            .context("the task that lets publishers in failed")?;
        tracing::info!("stopped");
        Ok(())
    }
}

fn webhooks(settings: &Settings) -> anyhow::Result<WebhookSender> {
    WebhookSender::new(settings.callbacks_to_private).context("can't set TLS up for callbacks")
}

/// Wakes who waits for events, and tells apps of them. Runs for ever.
async fn tell_of_events(application: Application) {
    tokio::join!(application.run_events(), application.run_callbacks());
}

/// The addresses that are listened on.
struct Bound {
    http: SocketAddr,
    rtmp: Option<SocketAddr>,
    rtmps: Option<SocketAddr>,
    ops: Option<SocketAddr>,
}

impl Bound {
    fn http_url(&self, settings: &Settings) -> String {
        settings.http_url.of(self.http)
    }

    /// What publishers are told: also of another node, where this one takes none.
    fn rtmp_url(&self, settings: &Settings) -> String {
        settings.rtmp_url.of(self.publishers().unwrap_or(RTMP_ELSEWHERE))
    }

    /// Where publishers are sent to: the plain address, as long as there is one.
    fn publishers(&self) -> Option<SocketAddr> {
        self.rtmp.or(self.rtmps)
    }

    fn addresses(&self, settings: &Settings) -> Addresses {
        Addresses {
            http: self.http_url(settings),
            rtmp: self.rtmp.map(|_| self.rtmp_url(settings)),
            ..self.local(settings)
        }
    }

    fn local(&self, settings: &Settings) -> Addresses {
        let scheme = if settings.http_tls.is_some() {
            "https"
        } else {
            "http"
        };
        Addresses {
            http: Url::Derived(scheme).of(self.http),
            rtmp: self.rtmp.map(|bound| Url::Derived("rtmp").of(bound)),
            rtmps: self.rtmps.map(|bound| Url::Derived("rtmps").of(bound)),
            ops: self.ops.map(|bound| Url::Derived("http").of(bound)),
        }
    }

    fn warn_of_guesses(&self, settings: &Settings) {
        let guesses = [
            ("http.public_url", settings.http_url.is_a_guess_for(self.http)),
            (
                "rtmp.public_url",
                self.publishers()
                    .is_some_and(|bound| settings.rtmp_url.is_a_guess_for(bound)),
            ),
        ];
        for (key, _) in guesses.into_iter().filter(|(_, guess)| *guess) {
            tracing::warn!(
                key,
                "not set while all addresses are listened on: others are told a loopback address"
            );
        }
    }
}

/// What a node that takes no publishers tells them, unless `rtmp.public_url` says where they should go.
const RTMP_ELSEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1935);

/// Lets a server run until its handle stops it.
fn run(server: io::Result<Server>) -> anyhow::Result<ServerHandle> {
    let server = server.context("can't start an HTTP server")?;
    let handle = server.handle();
    tokio::spawn(server);
    Ok(handle)
}

fn http_settings(settings: &Settings, tls: &Tls) -> anyhow::Result<api::Settings> {
    let workers = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let viewers = usize::try_from(settings.limits.viewers).unwrap_or(usize::MAX);
    let event_sources = usize::try_from(settings.limits.event_sources).unwrap_or(usize::MAX);
    let bounded = viewers.saturating_add(event_sources);
    Ok(api::Settings {
        tls: tls.http.as_ref().map(Certificate::https).transpose()?,
        workers: Some(workers.get()),
        connections_per_worker: bounded.div_ceil(workers.get()).saturating_add(OTHER_CONNECTIONS),
        viewers,
        shutdown_timeout: GRACE,
        ..api::Settings::default()
    })
}

fn api_limits(settings: &Settings) -> api::Limits {
    api::Limits {
        requests_per_second: settings.limits.api_requests_per_second,
        event_sources: usize::try_from(settings.limits.event_sources).unwrap_or(usize::MAX),
    }
}

fn ops_settings() -> api::Settings {
    api::Settings {
        workers: Some(1),
        shutdown_timeout: Duration::from_secs(1),
        ..api::Settings::default()
    }
}

fn hub(settings: &Settings) -> Arc<Hub> {
    Hub::new(PackagingSettings {
        segment_duration: settings.media.segment_duration,
        part_duration: settings.media.part_duration,
        window: settings.media.window,
        ..PackagingSettings::default()
    })
}

fn listen(bind: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(bind).map_err(|error| cannot_listen(bind, key, error).into())
}

fn cannot_listen(bind: SocketAddr, key: &str, error: io::Error) -> Failure {
    let variable = format!("VIDEOROOM__{}", key.to_ascii_uppercase().replace('.', "__"));
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("stop the program that listens there, or set {key} ({variable}) to another address")
        }
        io::ErrorKind::PermissionDenied => format!("set {key} ({variable}) to a port above 1023"),
        _ => format!("set {key} ({variable}) to an address of this machine"),
    };
    Failure::new(format!("can't listen on {bind}"), advice).because(error)
}

/// The certificates that are configured.
struct Tls {
    http: Option<Arc<Certificate>>,
    rtmp: Option<Arc<Certificate>>,
}

impl Tls {
    fn load(settings: &Settings) -> anyhow::Result<Self> {
        let rtmp = settings.rtmp_tls.as_ref().map(|(_, files)| files);
        Ok(Self {
            http: settings.http_tls.as_ref().map(Certificate::load).transpose()?,
            rtmp: rtmp.map(Certificate::load).transpose()?,
        })
    }

    fn certificates(&self) -> impl Iterator<Item = Arc<Certificate>> {
        self.http.clone().into_iter().chain(self.rtmp.clone())
    }
}

/// The media server, and where publishers reach it: nowhere on an API-only node.
struct Ingest {
    media: Arc<dyn MediaServer>,
    server: Option<Arc<RtmpServer>>,
    rtmp: Option<SocketAddr>,
    rtmps: Option<SocketAddr>,
}

async fn ingest(settings: &Settings, tls: &Tls, hub: &Arc<Hub>) -> anyhow::Result<Ingest> {
    let server_settings = ServerSettings {
        publishers: usize::try_from(settings.limits.publishers).unwrap_or(usize::MAX),
        players: usize::try_from(settings.limits.viewers).unwrap_or(usize::MAX),
        publisher_bitrate: settings.limits.publisher_bitrate,
        ..ServerSettings::default()
    };
    let secure = match (&settings.rtmp_tls, &tls.rtmp) {
        (Some((bind, _)), Some(certificate)) => Some((*bind, certificate.rtmps()?)),
        _ => None,
    };
    let failed = |bind, key| move |error| cannot_listen(bind, key, error);
    let (server, rtmp, rtmps) = match (settings.rtmp_bind, secure) {
        (None, None) => {
            return Ok(Ingest {
                media: Arc::new(NoIngest::new()),
                server: None,
                rtmp: None,
                rtmps: None,
            });
        }
        (Some(bind), secure) => {
            let server = RtmpServer::bind(bind, server_settings, hub.clone());
            let server = server.await.map_err(failed(bind, "rtmp.bind"))?;
            let rtmps = match secure {
                None => None,
                Some((bind, tls)) => {
                    let listening = server.listen_tls(bind, tls).await;
                    Some(listening.map_err(failed(bind, "rtmp.tls.bind"))?)
                }
            };
            let rtmp = server.local_addr();
            (server, Some(rtmp), rtmps)
        }
        (None, Some((bind, tls))) => {
            let server = RtmpServer::bind_tls(bind, tls, server_settings, hub.clone());
            let server = server.await.map_err(failed(bind, "rtmp.tls.bind"))?;
            let rtmps = server.local_addr();
            (server, None, Some(rtmps))
        }
    };
    let server = Arc::new(server);
    Ok(Ingest {
        media: Arc::new(Embedded::new(server.clone())),
        server: Some(server),
        rtmp,
        rtmps,
    })
}

async fn bootstrap(application: &Application, settings: &Settings) -> anyhow::Result<Bootstrapped> {
    let wanted = settings.bootstrap.clone();
    let credentials = wanted
        .credentials
        .map(|(key, secret)| (ApiKeyId::new(key), ApiSecret::new(secret.expose())));
    let wanted = Bootstrap {
        app_name: wanted.app_name,
        owner_username: wanted.owner_username,
        owner_email: wanted.owner_email,
        credentials,
    };
    application.bootstrap(wanted).await.map_err(|error| {
        let advice = "check the keys of the section bootstrap against `videoroom app list`";
        Failure::new("can't make the first app", advice)
            .because(error)
            .into()
    })
}

async fn sweep(hub: Arc<Hub>, metrics: Metrics) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        hub.sweep(UnixMicros::now());
        metrics.tidy();
    }
}
