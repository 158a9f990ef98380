//! Nodes and their leases. The store's clock is the runtime's, which a test can stop.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ports::store::{Lease, Node, NodeRepository, Session, StoreError};
use tokio::time::Instant;

use super::UnitOfWork;
use super::tables::{NodeRow, Tables};

impl Tables {
    /// Whether a node had a lease, and has none any more.
    pub(super) fn is_dead(&self, node: &str) -> bool {
        self.nodes
            .get(node)
            .is_some_and(|row| row.expires_at <= Instant::now())
    }
}

impl UnitOfWork {
    /// Writes the node's lease, which has been held since then, or since now.
    fn lease(
        &mut self,
        node: &Node,
        unbroken_since: Option<Instant>,
        lease: Duration,
    ) -> Result<Lease, StoreError> {
        let now = Instant::now();
        let unbroken_since = unbroken_since.unwrap_or(now);
        let row = NodeRow {
            node: node.clone(),
            unbroken_since,
            expires_at: now + lease,
        };
        Arc::make_mut(&mut self.tables_mut()?.nodes).insert(node.name.clone(), Arc::new(row));
        Ok(Lease::Held {
            unbroken: now - unbroken_since,
        })
    }

    fn node(&self, name: &str) -> Option<Arc<NodeRow>> {
        self.tables().nodes.get(name).cloned()
    }
}

/// What is left of a lease.
fn left(row: &NodeRow) -> Duration {
    row.expires_at.saturating_duration_since(Instant::now())
}

#[async_trait]
impl NodeRepository for UnitOfWork {
    async fn take(&mut self, node: &Node, lease: Duration) -> Result<Lease, StoreError> {
        let other = self
            .node(&node.name)
            .filter(|row| row.node.incarnation != node.incarnation);
        match other.map(|row| left(&row)).filter(|left| !left.is_zero()) {
            Some(left) => Ok(Lease::Taken { left }),
            None => self.lease(node, None, lease),
        }
    }

    async fn renew(&mut self, node: &Node, lease: Duration, late: bool) -> Result<Lease, StoreError> {
        match self.node(&node.name) {
            Some(row) if row.node.incarnation != node.incarnation => Ok(Lease::Taken { left: left(&row) }),
            Some(row) if !late && !left(&row).is_zero() => self.lease(node, Some(row.unbroken_since), lease),
            Some(_) | None => self.lease(node, None, lease),
        }
    }

    async fn give_back(&mut self, node: &Node) -> Result<(), StoreError> {
        let nodes = &mut self.tables_mut()?.nodes;
        Arc::make_mut(nodes)
            .retain(|name, row| *name != node.name || row.node.incarnation != node.incarnation);
        Ok(())
    }

    async fn orphans(&mut self) -> Result<Vec<Session>, StoreError> {
        let tables = self.tables();
        let open = tables.sessions.values().filter(|row| row.closed_at.is_none());
        let mut orphans: Vec<Session> = open
            .filter(|row| tables.is_dead(&row.session.node))
            .map(|row| row.session.clone())
            .collect();
        orphans.sort_by_key(|session| (session.started_at, session.id));
        Ok(orphans)
    }

    async fn forget_dead(&mut self) -> Result<(), StoreError> {
        let tables = self.tables();
        let holds = |name: &str| {
            let mut open = tables.sessions.values().filter(|row| row.closed_at.is_none());
            open.any(|row| row.session.node == name)
        };
        let nodes = &mut self.tables_mut()?.nodes;
        Arc::make_mut(nodes).retain(|name, row| !left(row).is_zero() || holds(name));
        Ok(())
    }
}
