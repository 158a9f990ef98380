//! Runs the HTTP server on a listener.

use std::any::Any;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Server;
use actix_web::rt::net::TcpStream;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};
use socket2::SockRef;

use crate::play::{GATHERED, Patience, Seats};
use crate::settings::Settings;
use crate::state::State;
use crate::{Metrics, configure, configure_operations};

/// How long a client has to greet by TLS.
const TLS_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection that was closed here waits for the client to close it too.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves the API, playback and the watch page. The server runs while it is awaited or spawned, and takes no signals:
/// call [`State::stop`], then `handle().stop(true)`.
///
/// # Errors
/// When the listener can't be taken over.
pub fn serve(listener: TcpListener, state: State, settings: &Settings) -> io::Result<Server> {
    run(listener, configure(state), settings)
}

/// Serves `/healthz`, `/readyz` and `/metrics`, for the operations address.
///
/// # Errors
/// When the listener can't be taken over.
pub fn serve_operations(
    listener: TcpListener,
    state: State,
    metrics: Arc<dyn Metrics>,
    settings: &Settings,
) -> io::Result<Server> {
    run(listener, configure_operations(state, metrics), settings)
}

fn run(
    listener: TcpListener,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    settings: &Settings,
) -> io::Result<Server> {
    let stall_timeout = settings.stall_timeout;
    let seats = Seats::new(settings.viewers);
    let mut server = HttpServer::new(move || App::new().configure(configure.clone()))
        .disable_signals()
        .max_connections(settings.connections_per_worker)
        .keep_alive(settings.keep_alive)
        .client_request_timeout(settings.request_timeout)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .tls_handshake_timeout(TLS_TIMEOUT)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .tcp_nodelay(true)
        .h1_write_buffer_size(GATHERED)
        .on_connect(move |connection, data| {
            bound_stalls(connection, stall_timeout);
            data.insert(seats.seat());
            data.insert(Patience(stall_timeout));
        });
    if let Some(workers) = settings.workers {
        server = server.workers(workers);
    }
    let server = match &settings.tls {
        // Both versions of HTTP are offered by it.
        Some(tls) => server.listen_rustls_0_23(listener, tls.clone())?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

/// Has the kernel cut a connection whose client takes nothing of what is sent to it for so long (`TCP_USER_TIMEOUT`,
/// RFC 5482). An answer is only asked for its next piece when there is room for it, so nothing else would notice.
#[cfg(target_os = "linux")]
fn bound_stalls(connection: &dyn Any, timeout: Duration) {
    let by_tls =
        |stream: &TlsStream<TcpStream>| SockRef::from(stream.get_ref().0).set_tcp_user_timeout(Some(timeout));
    let set = match connection.downcast_ref::<TcpStream>() {
        Some(stream) => SockRef::from(stream).set_tcp_user_timeout(Some(timeout)),
        None => connection.downcast_ref().map_or(Ok(()), by_tls),
    };
    if let Err(error) = set {
        tracing::debug!(%error, "stalled clients of this connection go unnoticed");
    }
}

/// Elsewhere the system's own patience is all there is.
#[cfg(not(target_os = "linux"))]
fn bound_stalls(_connection: &dyn Any, _timeout: Duration) {}
