//! Callbacks: where an app wants to be told of its events, and the relay that tells it.
//!
//! The relay is a cursor over the app's events. It makes a delivery of each, so that requests that change something
//! write nothing for it, and sends the deliveries of each member one after another until the receiver takes them.

mod backoff;
mod deliveries;
mod relay;
mod set;
mod worker;

pub use set::SetCallback;

use tokio::sync::watch;

/// Wakes the relay of this process when a callback or a delivery was changed by hand.
#[derive(Default)]
pub(crate) struct Changes(watch::Sender<()>);

impl Changes {
    fn tell(&self) {
        self.0.send_replace(());
    }

    fn subscribe(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

/// Waits until something was changed since the last time.
async fn changed(changes: &mut watch::Receiver<()>) {
    if changes.changed().await.is_err() {
        // Nobody is left who could change something.
        std::future::pending::<()>().await;
    }
}
