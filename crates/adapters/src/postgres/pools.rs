//! Connections, by where they live.
//!
//! What a connection receives is handled by the runtime that it was made on. A thread with a runtime of its own (one that
//! serves HTTP) would hand each query to another thread and be woken by it for the answer, which costs more than the
//! query does; so such a thread has a few connections of its own for what it reads. All others are shared.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use futures_util::FutureExt;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::connection::Connector;
use crate::meters::Connections;

/// All connections to a server but those that migrate and listen.
pub(super) struct Pools {
    connector: Arc<Connector>,
    shared: Pool<AsyncPgConnection>,
    homes: Mutex<HashMap<ThreadId, Pool<AsyncPgConnection>>>,
    shares: Shares,
}

/// How a number of connections is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shares {
    /// Threads that may have connections of their own.
    threads: usize,
    /// As many as each of them may have.
    each: usize,
    /// As many as are shared: at least one.
    shared: usize,
}

impl Shares {
    /// Of `max` connections: the same number for each of `threads` threads, and for all others together at least as
    /// many.
    const fn of(max: NonZeroUsize, threads: usize) -> Self {
        let each = max.get() / (threads + 1);
        Self {
            threads,
            each,
            shared: max.get() - each * threads,
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

    /// A connection that is shared.
    pub(super) async fn get(&self) -> Result<Object<AsyncPgConnection>, PoolError> {
        self.shared.get().await
    }

    /// A connection that lives on this very thread, if it has a runtime of its own and one is free; else a shared one.
    pub(super) async fn get_near(&self) -> Result<Object<AsyncPgConnection>, PoolError> {
        match self.home() {
            Some(home) => home.get().await,
            None => self.get().await,
        }
    }

    fn home(&self) -> Option<Pool<AsyncPgConnection>> {
        if self.shares.each == 0
            || Handle::try_current().ok()?.runtime_flavor() != RuntimeFlavor::CurrentThread
        {
            return None;
        }
        let mut homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = thread::current().id();
        if !homes.contains_key(&thread) && homes.len() < self.shares.threads {
            homes.insert(thread, pool(&self.connector, self.shares.each));
        }
        let home = homes.get(&thread)?;
        let status = home.status();
        (status.available > 0 || status.size < status.max_size).then(|| home.clone())
    }

    /// Closes those that nobody uses.
    pub(super) fn forget_idle(&self) {
        for pool in self.all() {
            pool.retain(|_, _| false);
        }
    }

    /// How many there are, and who waits for one.
    pub(super) fn status(&self) -> Connections {
        let mut connections = Connections {
            max: self.shares.shared + self.shares.each * self.shares.threads,
            ..Connections::default()
        };
        for pool in self.all() {
            let status = pool.status();
            connections.open += status.size;
            connections.idle += status.available;
            connections.waiting += status.waiting;
        }
        connections
    }

    fn all(&self) -> Vec<Pool<AsyncPgConnection>> {
        let homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        homes.values().chain([&self.shared]).cloned().collect()
    }
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
                assert_eq!(shares.each * shares.threads + shares.shared, max);
                assert!(shares.shared >= shares.each.max(1), "{shares:?}");
            }
        }
    }
}
