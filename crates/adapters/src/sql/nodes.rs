//! Nodes and their leases, by the database's clock.

use std::time::Duration;

use async_trait::async_trait;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::Timestamp;
use ports::store::{Lease, Node, NodeRepository, Session, StoreError};

use super::schema::{nodes, sessions};
use super::sessions::SessionRow;
use super::{Db, Stamp, UnitOfWork, dialect, failed, hit_one, since, stamp, timestamp};

const WHAT: &str = "node";

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = nodes, check_for_backend(Db))]
struct NodeRow {
    name: String,
    incarnation: String,
    public_url: String,
    unbroken_since: Stamp,
    expires_at: Stamp,
}

impl UnitOfWork {
    async fn node(&mut self, name: &str) -> Result<Option<NodeRow>, StoreError> {
        nodes::table
            .find(name)
            .select(NodeRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))
    }

    /// Writes the node's lease, if its row is still as it was read.
    async fn lease(
        &mut self,
        node: &Node,
        read: Option<NodeRow>,
        unbroken_since: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let row = NodeRow {
            name: node.name.clone(),
            incarnation: node.incarnation.clone(),
            public_url: node.public_url.clone(),
            unbroken_since: stamp(unbroken_since),
            expires_at: stamp(until),
        };
        let written = match read {
            None => {
                diesel::insert_into(nodes::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(self.conn())
                    .await
            }
            Some(read) => {
                diesel::update(nodes::table.find(&node.name))
                    .filter(nodes::incarnation.eq(read.incarnation))
                    .filter(nodes::expires_at.eq(read.expires_at))
                    .set(row)
                    .execute(self.conn())
                    .await
            }
        };
        hit_one(WHAT, written.map_err(failed(WHAT))?)
    }
}

#[async_trait]
impl NodeRepository for UnitOfWork {
    async fn take(&mut self, node: &Node, lease: Duration) -> Result<Lease, StoreError> {
        let read = self.node(&node.name).await?;
        let now = dialect::now(self.conn()).await?;
        if let Some(other) = read.as_ref().filter(|row| row.incarnation != node.incarnation) {
            let left = since(now, timestamp(other.expires_at));
            if !left.is_zero() {
                return Ok(Lease::Taken { left });
            }
        }
        self.lease(node, read, now, after(now, lease)).await?;
        Ok(Lease::Held {
            unbroken: Duration::ZERO,
        })
    }

    async fn renew(&mut self, node: &Node, lease: Duration, late: bool) -> Result<Lease, StoreError> {
        let read = self.node(&node.name).await?;
        let now = dialect::now(self.conn()).await?;
        let unbroken_since = match &read {
            Some(other) if other.incarnation != node.incarnation => {
                let left = since(now, timestamp(other.expires_at));
                return Ok(Lease::Taken { left });
            }
            Some(row) if !late && timestamp(row.expires_at) > now => timestamp(row.unbroken_since),
            Some(_) | None => now,
        };
        self.lease(node, read, unbroken_since, after(now, lease)).await?;
        Ok(Lease::Held {
            unbroken: since(unbroken_since, now),
        })
    }

    async fn give_back(&mut self, node: &Node) -> Result<(), StoreError> {
        diesel::delete(nodes::table.find(&node.name))
            .filter(nodes::incarnation.eq(&node.incarnation))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn orphans(&mut self) -> Result<Vec<Session>, StoreError> {
        let now = dialect::now(self.conn()).await?;
        let rows: Vec<SessionRow> = sessions::table
            .inner_join(nodes::table.on(nodes::name.eq(sessions::node)))
            .filter(sessions::closed_at.is_null())
            .filter(nodes::expires_at.le(stamp(now)))
            .order((sessions::started_at, sessions::id))
            .select(SessionRow::as_select())
            .load(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    async fn forget_dead(&mut self) -> Result<(), StoreError> {
        let now = dialect::now(self.conn()).await?;
        let open = sessions::table
            .filter(sessions::node.eq(nodes::name))
            .filter(sessions::closed_at.is_null());
        diesel::delete(nodes::table)
            .filter(nodes::expires_at.le(stamp(now)))
            .filter(not(exists(open)))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}

fn after(time: Timestamp, span: Duration) -> Timestamp {
    time.plus_micros(i64::try_from(span.as_micros()).unwrap_or(i64::MAX))
}
