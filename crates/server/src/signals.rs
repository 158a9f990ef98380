//! The signals that a service manager or a terminal sends.

use std::process;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT, which both ask for a graceful stop, and SIGHUP, which asks to read the configuration again.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To end, in good order.
    Stop,
    /// To read the configuration again.
    Reload,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("can't listen to signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::Stop,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.hang_up.recv() => Wish::Reload,
        }
    }

    /// Waits until it is asked to end.
    pub(crate) async fn stop(&mut self) {
        while self.next().await != Wish::Stop {}
    }

    /// From now on, the next wish to stop ends the process at once.
    pub(crate) fn insist(mut self) {
        tokio::spawn(async move {
            self.stop().await;
            tracing::warn!("a second signal: not waiting any longer");
            process::exit(1);
        });
    }
}
