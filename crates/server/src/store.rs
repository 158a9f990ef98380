//! Opens the store that is configured, with what can be done about it when that fails.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use adapters::{memory, sqlite};
use ports::store::Store;
use sqlite::{OpenError, OpenMode};

use crate::config::{Settings, StorageUrl};
use crate::failure::Failure;

/// A store that was opened, and the migrations that it needed.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) migrated: Vec<String>,
}

/// Opens the store to serve from it: nobody else may. Pending migrations are applied.
pub(crate) async fn to_serve(settings: &Settings) -> anyhow::Result<Opened> {
    match &settings.storage {
        StorageUrl::Memory => Ok(Opened {
            store: Arc::new(memory::Store::default()),
            migrated: Vec::new(),
        }),
        StorageUrl::Sqlite(path) => open(path, settings, OpenMode::Serve).await,
    }
}

/// Opens the store for a command that runs beside the process that serves, if there is one. Pending migrations are
/// applied.
pub(crate) async fn alongside(settings: &Settings) -> anyhow::Result<Opened> {
    match &settings.storage {
        StorageUrl::Memory => {
            let what = "a store in memory belongs to the process that serves, and to no other";
            Err(Failure::new(what, "set storage.url to sqlite:PATH").into())
        }
        StorageUrl::Sqlite(path) => open(path, settings, OpenMode::Alongside).await,
    }
}

async fn open(path: &Path, settings: &Settings, mode: OpenMode) -> anyhow::Result<Opened> {
    let connections = usize::try_from(settings.storage_connections).unwrap_or(usize::MAX);
    let connections = NonZeroUsize::new(connections).unwrap_or(NonZeroUsize::MIN);
    let store = sqlite::Store::open(path, connections, mode)
        .await
        .map_err(|error| explain(path, error))?;
    let migrated = store.migrate().await.map_err(|error| {
        let what = format!("can't bring the store {} up to this release", path.display());
        Failure::new(
            what,
            "make sure that no other release uses this file, or restore a backup of it",
        )
        .because(error)
    })?;
    Ok(Opened {
        store: Arc::new(store),
        migrated,
    })
}

fn explain(path: &Path, error: OpenError) -> Failure {
    let advice = match &error {
        OpenError::InUse { .. } => {
            "stop the other process, or set storage.url (VIDEOROOM__STORAGE__URL) to a file of its own"
        }
        OpenError::Create { .. } | OpenError::Connect { .. } => {
            "let this user write there, or set storage.url (VIDEOROOM__STORAGE__URL) to sqlite:PATH with a directory \
             that can be written"
        }
    };
    Failure::new(format!("can't open the store {}", path.display()), advice).because(error)
}
