//! Connections, by where they live.
//!
//! What a connection receives is handled by the runtime that it was made on. A thread with a runtime of its own (one that
//! serves HTTP) would hand each query to another thread and be woken by it for the answer, which costs more than the
//! query does; so such a thread has a connection of its own, which all who read there use at the same time. The others
//! are shared, one unit of work after the other.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use futures_util::FutureExt;
use ports::store::StoreError;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::connection::{Connector, Lease, Near};
use crate::meters::Connections;

/// All connections to a server but those that migrate and listen.
pub(super) struct Pools {
    connector: Arc<Connector>,
    shared: Pool<AsyncPgConnection>,
    homes: Mutex<HashMap<ThreadId, Home>>,
    shares: Shares,
}

/// The connection of a thread, once there is one. Locked while it is made.
type Home = Arc<tokio::sync::Mutex<Option<Arc<Near>>>>;

/// How a number of connections is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shares {
    /// Threads that may have a connection of their own.
    threads: usize,
    /// As many as are shared: at least one.
    shared: usize,
}

impl Shares {
    /// Of `max` connections: one for each of `threads` threads if one is left, and all others together.
    const fn of(max: NonZeroUsize, threads: usize) -> Self {
        let threads = if threads < max.get() { threads } else { 0 };
        Self {
            threads,
            shared: max.get() - threads,
        }
    }
}

impl Pools {
    /// At most `max` connections, made as they are needed.
    pub(super) fn new(connector: &Arc<Connector>, max: NonZeroUsize) -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let shares = Shares::of(max, threads);
        Self {
            shared: pool(connector, shares.shared),
            homes: Mutex::default(),
            connector: Arc::clone(connector),
            shares,
        }
    }

    /// A connection for one alone.
    pub(super) async fn get(&self) -> Result<Lease, StoreError> {
        self.shared
            .get()
            .await
            .map(|conn| Lease::Own(Box::new(conn)))
            .map_err(StoreError::unavailable)
    }

    /// The connection to read from that lives on this very thread, if there is one.
    pub(super) fn near(&self) -> Option<Lease> {
        lease_of(self.home()?.try_lock().ok()?.as_ref())
    }

    /// A connection to read from: the one that lives on this very thread, if it has a runtime of its own. While that is
    /// being made, one of the others.
    pub(super) async fn get_near(&self) -> Result<Lease, StoreError> {
        let Some(home) = self.home() else {
            return self.get().await;
        };
        let Ok(mut near) = home.try_lock() else {
            return self.get().await;
        };
        if let Some(lease) = lease_of(near.as_ref()) {
            return Ok(lease);
        }
        let made = self.connector.connect_near().await;
        let made = Arc::new(made.map_err(StoreError::unavailable)?);
        *near = Some(Arc::clone(&made));
        Ok(Lease::Near(made))
    }

    fn home(&self) -> Option<Home> {
        if Handle::try_current().ok()?.runtime_flavor() != RuntimeFlavor::CurrentThread {
            return None;
        }
        let mut homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = thread::current().id();
        if !homes.contains_key(&thread) && homes.len() < self.shares.threads {
            homes.insert(thread, Home::default());
        }
        homes.get(&thread).cloned()
    }

    /// Closes those that nobody uses, and those that threads have of their own once nobody uses them.
    pub(super) fn forget_idle(&self) {
        self.shared.retain(|_, _| false);
        for home in self.homes() {
            // One that is being made is not silent.
            if let Ok(mut near) = home.try_lock() {
                *near = None;
            }
        }
    }

    /// How many there are, and who waits for one.
    pub(super) fn status(&self) -> Connections {
        let shared = self.shared.status();
        let mut connections = Connections {
            max: self.shares.shared + self.shares.threads,
            open: shared.size,
            idle: shared.available,
            waiting: shared.waiting,
        };
        for home in self.homes() {
            if let Some(near) = home.try_lock().ok().as_deref().and_then(Option::as_ref) {
                connections.open += 1;
                connections.idle += usize::from(Arc::strong_count(near) == 1);
            }
        }
        connections
    }

    fn homes(&self) -> Vec<Home> {
        let homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        homes.values().cloned().collect()
    }
}

fn lease_of(near: Option<&Arc<Near>>) -> Option<Lease> {
    let near = near.filter(|near| !near.is_closed())?;
    Some(Lease::Near(Arc::clone(near)))
}

fn pool(connector: &Arc<Connector>, size: usize) -> Pool<AsyncPgConnection> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let connector = Arc::clone(connector);
    config.custom_setup = Box::new(move |_| {
        let connector = Arc::clone(&connector);
        async move { connector.connect().await }.boxed()
    });
    // The address stays with the connector: the manager needs none.
    let manager = AsyncDieselConnectionManager::new_with_config("", config);
    Pool::builder(manager)
        .max_size(size)
        .build()
        .expect("a pool without timeouts needs no runtime")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_connection_is_given_twice_and_some_are_shared() {
        for max in 1..40 {
            for threads in 1..20 {
                let shares = Shares::of(NonZeroUsize::new(max).unwrap(), threads);
                assert_eq!(shares.threads + shares.shared, max);
                assert!(shares.shared >= 1, "{shares:?}");
                assert!([0, threads].contains(&shares.threads), "{shares:?}");
            }
        }
    }
}
