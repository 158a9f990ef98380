//! The tokio shell around the RTMP session: sockets, verdicts, and media into the hub.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

mod budget;
mod buffer;
mod connection;
mod control;
mod ingest;
mod play;
mod publish;
mod rate;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, lookup_host};
use tokio::sync::{Mutex, Semaphore, mpsc, watch};
use tokio::time::Instant;

use self::budget::Budget;
use self::connection::Connection;
use self::control::Registry;
pub use self::control::Silence;
pub use self::play::PlayRequest;
pub use self::publish::{Cause, Grant, IngestSession, PublishRequest, ServerError, SessionFact};
use self::wire::Wire;
use crate::health::Health;
use crate::hub::Hub;
pub use crate::rtmp::{PlayRefusal, Refusal, SessionSettings, StreamKey};
use crate::{SessionId, UnixMicros};

/// Connections that the system may keep for us until they are accepted: what exceeds it waits for a second or more, and
/// a publisher must not wait for a crowd of strangers.
const BACKLOG: u32 = 4_096;

/// How long it takes at least from one word about refused connections to the next: strangers must not fill the log.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(10);

/// What publishers may do, and how many there may be.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Time limits of the protocol.
    pub session: SessionSettings,
    /// How long a publisher waits for its verdict before it is refused.
    pub verdict_timeout: Duration,
    /// Connections at a time, whether they publish or not (yet); more are closed at once.
    pub connections: usize,
    /// Publishers at a time; more are refused.
    pub publishers: usize,
    /// Players at a time; more are refused.
    pub players: usize,
    /// Publishers at a time that nobody has taken by [`RtmpServer::next_publish`], and players by
    /// [`RtmpServer::next_play`]; more are refused.
    pub pending: usize,
    /// Bits per second that a publisher may send.
    pub publisher_bitrate: u64,
    /// Whoever is above that for so long is sent off.
    pub bitrate_period: Duration,
    /// How often a publisher's socket is read: what it costs in latency, it saves in wake-ups.
    pub read_interval: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            session: SessionSettings::default(),
            verdict_timeout: Duration::from_secs(5),
            connections: 10_000,
            publishers: 1_000,
            players: 5_000,
            pending: 64,
            publisher_bitrate: 20_000_000,
            bitrate_period: Duration::from_secs(10),
            read_interval: Duration::from_millis(10),
        }
    }
}

/// What the server and its connections share.
struct Shared {
    settings: ServerSettings,
    hub: Arc<Hub>,
    registry: Arc<Registry>,
    budget: Arc<Budget>,
    /// A permit for each publisher.
    publishers: Arc<Semaphore>,
    requests: mpsc::Sender<PublishRequest>,
    /// A permit for each player.
    players: Arc<Semaphore>,
    plays: mpsc::Sender<PlayRequest>,
    /// Where the instants begin at which publishers' sockets are read.
    epoch: Instant,
}

impl Shared {
    /// The first of those instants after `now`.
    fn next_look(&self, now: Instant) -> Instant {
        let interval = self.settings.read_interval.max(Duration::from_millis(1));
        let looks = now.saturating_duration_since(self.epoch).as_nanos() / interval.as_nanos() + 1;
        u32::try_from(looks).map_or(now + interval, |looks| self.epoch + interval * looks)
    }
}

/// An RTMP server that publishers connect to. Dropped, it stops accepting and sends its publishers off.
pub struct RtmpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    requests: Mutex<mpsc::Receiver<PublishRequest>>,
    plays: Mutex<mpsc::Receiver<PlayRequest>>,
    stop: watch::Sender<bool>,
    /// A permit for each connection.
    permits: Arc<Semaphore>,
}

impl RtmpServer {
    /// Listens on `address`; media of the publishers that are let in goes to `hub`. Must be called within a tokio
    /// runtime, which the connections run on.
    pub async fn bind(
        address: impl ToSocketAddrs,
        settings: ServerSettings,
        hub: Arc<Hub>,
    ) -> io::Result<Self> {
        Self::bind_by(address, None, settings, hub).await
    }

    /// The same by RTMPS, with this configuration of TLS.
    pub async fn bind_tls(
        address: impl ToSocketAddrs,
        tls: Arc<ServerConfig>,
        settings: ServerSettings,
        hub: Arc<Hub>,
    ) -> io::Result<Self> {
        Self::bind_by(address, Some(tls), settings, hub).await
    }

    /// Listens by RTMPS too, and answers where.
    pub async fn listen_tls(
        &self,
        address: impl ToSocketAddrs,
        tls: Arc<ServerConfig>,
    ) -> io::Result<SocketAddr> {
        let listener = bind(address).await?;
        let address = listener.local_addr()?;
        self.listen(listener, Some(tls));
        Ok(address)
    }

    async fn bind_by(
        address: impl ToSocketAddrs,
        tls: Option<Arc<ServerConfig>>,
        settings: ServerSettings,
        hub: Arc<Hub>,
    ) -> io::Result<Self> {
        let listener = bind(address).await?;
        let address = listener.local_addr()?;
        let (requests, receiver) = mpsc::channel(settings.pending.max(1));
        let (plays, players) = mpsc::channel(settings.pending.max(1));
        let stop = watch::Sender::new(false);
        let permits = Arc::new(Semaphore::new(settings.connections));
        let shared = Arc::new(Shared {
            publishers: Arc::new(Semaphore::new(settings.publishers)),
            players: Arc::new(Semaphore::new(settings.players.min(Semaphore::MAX_PERMITS))),
            plays,
            settings,
            hub,
            registry: Arc::default(),
            budget: Arc::default(),
            requests,
            epoch: Instant::now(),
        });
        let server = Self {
            address,
            shared,
            requests: Mutex::new(receiver),
            plays: Mutex::new(players),
            stop,
            permits,
        };
        server.listen(listener, tls);
        Ok(server)
    }

    fn listen(&self, listener: TcpListener, tls: Option<Arc<ServerConfig>>) {
        let (shared, permits) = (self.shared.clone(), self.permits.clone());
        tokio::spawn(listen(listener, tls, shared, permits, self.stop.subscribe()));
    }

    /// Where it has listened first.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The next publisher that wants a verdict; none once the server is shut down.
    pub async fn next_publish(&self) -> Option<PublishRequest> {
        let mut stopped = self.stop.subscribe();
        let next = async { self.requests.lock().await.recv().await };
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => None,
            request = next => request,
        }
    }

    /// The next player that wants a verdict; none once the server is shut down.
    pub async fn next_play(&self) -> Option<PlayRequest> {
        let mut stopped = self.stop.subscribe();
        let next = async { self.plays.lock().await.recv().await };
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => None,
            request = next => request,
        }
    }

    /// Sends the publisher of a session off. False if there is none (any more).
    pub fn disconnect(&self, session: SessionId, cause: Cause) -> bool {
        self.shared
            .registry
            .session(session)
            .map(|control| control.stop(cause))
            .is_some()
    }

    /// Watches a session's publisher: silent if no message came from it for `duration` from now on.
    pub async fn await_silence(&self, session: SessionId, duration: Duration) -> Silence {
        match self.shared.registry.session(session) {
            Some(control) => control.await_silence(duration).await,
            None => Silence::Gone,
        }
    }

    /// How a session is doing; none if its publisher is not here (any more).
    pub fn health(&self, session: SessionId) -> Option<Health> {
        let probe = self.shared.registry.probe(session)?;
        Some(probe.health(UnixMicros::now(), self.shared.settings.publisher_bitrate))
    }

    /// How each session is doing whose publisher is here.
    pub fn healths(&self) -> impl Iterator<Item = Health> {
        let limit = self.shared.settings.publisher_bitrate;
        let probes = self.shared.registry.probes().into_iter();
        probes.map(move |probe| probe.health(UnixMicros::now(), limit))
    }

    /// For how long a session's publisher has sent nothing; none if there is none (any more).
    pub fn silent_for(&self, session: SessionId) -> Option<Duration> {
        let control = self.shared.registry.session(session)?;
        Some(control.silent_for())
    }

    /// Stops accepting, sends every publisher off, and waits until their connections are closed.
    pub async fn shutdown(&self) {
        self.stop_all();
        let all = u32::try_from(self.shared.settings.connections).unwrap_or(u32::MAX);
        // The semaphore is never closed: what is awaited here is that every connection gave its permit back.
        let _all = self.permits.acquire_many(all).await;
    }

    fn stop_all(&self) {
        self.stop.send_replace(true);
        self.shared.registry.close();
    }
}

impl Drop for RtmpServer {
    fn drop(&mut self) {
        self.stop_all();
    }
}

/// Listens on the first of the addresses that can be had.
async fn bind(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut failed = io::Error::new(io::ErrorKind::InvalidInput, "the address names no host");
    for address in lookup_host(address).await? {
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that starts again finds its port, and the connections of the one before don't matter.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts connections until the server is stopped.
async fn listen(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut next_warning = Instant::now();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Ok(permit) = permits.clone().try_acquire_owned() else {
                    if next_warning <= Instant::now() {
                        next_warning = Instant::now() + BETWEEN_WARNINGS;
                        tracing::warn!(%peer, "too many RTMP connections");
                    }
                    continue;
                };
                let connection = Box::new(Connection::new(peer, shared.clone()));
                let stream = Wire::new(stream, tls.clone());
                tokio::spawn(async move {
                    connection.serve(stream).await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, as a rule: others must close before more can be accepted.
                tracing::warn!(%error, "an RTMP connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
