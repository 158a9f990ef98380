//! The contract of a store, kept in SQLite.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapters::sqlite::{self, OpenMode};
use contract_tests::store::{Corruption, Harness};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use ports::store::Store;

struct Sqlite {
    store: Arc<sqlite::Store>,
    directory: tempfile::TempDir,
}

fn file(directory: &Path) -> PathBuf {
    directory.join("made").join("videoroom.db")
}

async fn open(directory: &Path) -> Arc<sqlite::Store> {
    let connections = NonZeroUsize::new(4).unwrap();
    let store = sqlite::Store::open(&file(directory), connections, OpenMode::Serve).await;
    let store = store.unwrap();
    store.migrate().await.unwrap();
    Arc::new(store)
}

impl Harness for Sqlite {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            store: open(directory.path()).await,
            directory,
        }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn reopen(self) -> Option<Self> {
        drop(self.store);
        Some(Self {
            store: open(self.directory.path()).await,
            directory: self.directory,
        })
    }

    async fn corrupt(&self, row: Corruption) -> bool {
        let spoil = match row {
            Corruption::UnknownRoomState(id) => {
                format!("UPDATE video_rooms SET state = 'NONSENSE' WHERE id = {id}")
            }
            Corruption::PublishingWithoutSession(id) => {
                format!("UPDATE stream_keys SET state = 'ACTIVE' WHERE id = {id}")
            }
            Corruption::OverlongEmail(id) => {
                format!("UPDATE members SET email = printf('%.300c', 'x') WHERE id = {id}")
            }
        };
        let path = file(self.directory.path());
        let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA ignore_check_constraints = ON")
            .unwrap();
        conn.batch_execute(&spoil).unwrap();
        true
    }
}

contract_tests::store_contract!(Sqlite);
