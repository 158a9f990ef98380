//! The contract of a store, kept in PostgreSQL.

mod postgres_support;

use std::num::NonZeroUsize;
use std::sync::Arc;

use adapters::postgres::{self, Address};
use contract_tests::store::{Corruption, Harness};
use ports::store::Store;
use postgres_support::{Database, migrate};

struct Postgres {
    store: Arc<postgres::Store>,
    database: Database,
}

async fn open(database: &Database) -> Arc<postgres::Store> {
    let address = Address::parse(&database.url()).unwrap();
    let connections = NonZeroUsize::new(8).unwrap();
    let store = postgres::Store::open(&address, connections).await.unwrap();
    migrate(&store).await;
    Arc::new(store)
}

impl Harness for Postgres {
    async fn new() -> Self {
        let database = Database::new();
        Self {
            store: open(&database).await,
            database,
        }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn reopen(self) -> Option<Self> {
        drop(self.store);
        Some(Self {
            store: open(&self.database).await,
            database: self.database,
        })
    }

    async fn corrupt(&self, row: Corruption) -> bool {
        self.database.sql(&match row {
            Corruption::UnknownRoomState(id) => format!(
                "ALTER TABLE video_rooms DROP CONSTRAINT video_rooms_state_check; \
                 UPDATE video_rooms SET state = 'NONSENSE' WHERE id = {id}"
            ),
            Corruption::PublishingWithoutSession(id) => {
                format!("UPDATE stream_keys SET state = 'ACTIVE' WHERE id = {id}")
            }
            Corruption::OverlongEmail(id) => {
                format!("UPDATE members SET email = repeat('x', 300) WHERE id = {id}")
            }
        });
        true
    }
}

contract_tests::store_contract!(Postgres);
