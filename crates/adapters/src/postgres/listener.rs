//! What other processes say to this one: by `NOTIFY`, as soon as it is committed. Whoever relies on it looks by itself as
//! well, since what is said while the connection is away is not said again.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use futures_util::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::connection::Connector;

/// What is listened to. A notification carries the name of the node that it is for.
pub(super) const CHANNEL: &str = "videoroom_node";

/// How long to wait before a connection that broke is made anew.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens for one node, on a connection of its own, until it is dropped.
pub(super) struct Listener {
    told: Arc<Notify>,
    task: AbortHandle,
}

impl Listener {
    pub(super) fn start(connector: Arc<Connector>, node: String, runtime: &Handle) -> Self {
        let told = Arc::new(Notify::new());
        let task = runtime.spawn(listen(connector, node, Arc::clone(&told)));
        Self {
            told,
            task: task.abort_handle(),
        }
    }

    /// Waits until the node is told something.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(connector: Arc<Connector>, node: String, told: Arc<Notify>) {
    loop {
        if let Ok(mut conn) = connector.connect().await
            && conn.batch_execute(&format!("LISTEN {CHANNEL}")).await.is_ok()
        {
            // Something may have been said before.
            told.notify_one();
            let mut notifications = pin!(conn.notifications_stream());
            while let Some(Ok(notification)) = notifications.next().await {
                if notification.payload == node {
                    told.notify_one();
                }
            }
        }
        sleep(PAUSE).await;
    }
}
