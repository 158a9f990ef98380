//! How the HTTP server behaves towards its clients.

use std::time::Duration;

use rustls::ServerConfig;

/// Bounds and patience of the server. The defaults suit players and back ends alike.
#[derive(Debug, Clone)]
pub struct Settings {
    /// TLS, with HTTP/2 for those who want it; plain HTTP/1.1 if `None`.
    pub tls: Option<ServerConfig>,
    /// Threads that serve connections; one for each processor if `None`.
    pub workers: Option<usize>,
    /// Connections that one thread takes at most; more wait in the listener's queue.
    pub connections_per_worker: usize,
    /// Connections at a time that ask for media; the requests of more are refused, and other requests served.
    pub viewers: usize,
    /// How long a connection may stand between two requests. Players come every few seconds. Over HTTP/2 it is asked so often
    /// whether the client is there, and has as long to answer.
    pub keep_alive: Duration,
    /// How long the head of a request may take to arrive, and a greeting by TLS before it.
    pub request_timeout: Duration,
    /// How long a client may take no byte of an answer that is on its way, until its connection is cut; over HTTP/2, until
    /// the media of that answer is let go. Bounds the media that a stalled player holds in memory.
    pub stall_timeout: Duration,
    /// How long requests in flight are waited for when the server stops; whole seconds.
    pub shutdown_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tls: None,
            workers: None,
            connections_per_worker: 25_000,
            viewers: 20_000,
            keep_alive: Duration::from_secs(75),
            request_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}
