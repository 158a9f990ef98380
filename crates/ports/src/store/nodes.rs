//! Nodes: the processes on one store, and the leases that say which of them are alive.
//!
//! All times here are of the store's own clock: those of the processes are never compared.

use std::time::Duration;

use async_trait::async_trait;

use super::{Session, StoreError};

/// A process among those on one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name, which stays over restarts.
    pub name: String,
    /// What tells it from processes that had the name before.
    pub incarnation: String,
    /// Where the others send players of its media.
    pub public_url: String,
}

/// What became of asking for a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// It is the node's.
    Held {
        /// For how long it has been, without a gap.
        unbroken: Duration,
    },
    /// Another process has the name.
    Taken {
        /// How much is left of the other's lease.
        left: Duration,
    },
}

/// Nodes. A node is alive as long as its lease has not run out.
#[async_trait]
pub trait NodeRepository: Send {
    /// Takes a lease for so long, unless another process of that name is alive.
    async fn take(&mut self, node: &Node, lease: Duration) -> Result<Lease, StoreError>;
    /// Prolongs the node's lease to so long from now, unless another process has taken the name since. A lease that ran
    /// out, or that was not renewed in time before (`late`), has a gap.
    async fn renew(&mut self, node: &Node, lease: Duration, late: bool) -> Result<Lease, StoreError>;
    /// Gives the node's lease back, and its name. Nothing happens when another process has it.
    async fn give_back(&mut self, node: &Node) -> Result<(), StoreError>;
    /// The sessions that are not gone, and whose node is not alive any more. Those of a node that never had a lease are
    /// not among them: it may be of a release that takes none.
    async fn orphans(&mut self) -> Result<Vec<Session>, StoreError>;
    /// Forgets the nodes that are not alive, and have no session that is not gone.
    async fn forget_dead(&mut self) -> Result<(), StoreError>;
}
