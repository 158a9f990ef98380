//! Opens the store that is configured, with what can be done about it when that fails.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adapters::{memory, postgres, sqlite};
use ports::store::{Store, StoreError};
use sqlite::OpenMode;

use crate::config::{Settings, StorageUrl};
use crate::failure::Failure;
use crate::metrics::LookAtConnections;

/// How long to wait for another process that migrates the store or starts on it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store that was opened, and the migrations that it needed.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    /// How its connections are; none of a store in memory.
    pub(crate) connections: Option<LookAtConnections>,
    pub(crate) migrated: Vec<String>,
    /// Keeps other processes from starting on the same store at the same time, until this one has its first app.
    pub(crate) turn: Option<postgres::Turn>,
}

/// Opens the store to serve from it: nobody else may where that is SQLite. Pending migrations are applied, to
/// PostgreSQL only if that is wanted.
pub(crate) async fn to_serve(settings: &Settings) -> anyhow::Result<Opened> {
    match &settings.storage {
        StorageUrl::Memory => Ok(Opened {
            store: Arc::new(memory::Store::default()),
            connections: None,
            migrated: Vec::new(),
            turn: None,
        }),
        StorageUrl::Sqlite(path) => in_file(path, settings, OpenMode::Serve).await,
        StorageUrl::Postgres(address) => in_postgres(address, settings, settings.auto_migrate).await,
    }
}

/// Opens the store for a command that runs beside the process that serves, if there is one. Pending migrations are
/// applied as they are to serve from it.
pub(crate) async fn alongside(settings: &Settings) -> anyhow::Result<Opened> {
    match &settings.storage {
        StorageUrl::Memory => Err(belongs_to_another()),
        StorageUrl::Sqlite(path) => in_file(path, settings, OpenMode::Alongside).await,
        StorageUrl::Postgres(address) => in_postgres(address, settings, settings.auto_migrate).await,
    }
}

/// Applies the migrations that are pending, whatever the settings say, and answers their names.
pub(crate) async fn migrated(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let opened = match &settings.storage {
        StorageUrl::Memory => return Err(belongs_to_another()),
        StorageUrl::Sqlite(path) => in_file(path, settings, OpenMode::Alongside).await?,
        StorageUrl::Postgres(address) => in_postgres(address, settings, true).await?,
    };
    Ok(opened.migrated)
}

fn belongs_to_another() -> anyhow::Error {
    let what = "a store in memory belongs to the process that serves, and to no other";
    Failure::new(what, "set storage.url to sqlite:PATH or postgres://…").into()
}

fn connections(settings: &Settings) -> NonZeroUsize {
    let connections = usize::try_from(settings.storage_connections).unwrap_or(usize::MAX);
    NonZeroUsize::new(connections).unwrap_or(NonZeroUsize::MIN)
}

async fn in_file(path: &Path, settings: &Settings, mode: OpenMode) -> anyhow::Result<Opened> {
    let store = sqlite::Store::open(path, connections(settings), mode)
        .await
        .map_err(|error| unopened_file(path, error))?;
    let migrated = store.migrate().await.map_err(|error| {
        let what = format!("can't bring the store {} up to this release", path.display());
        Failure::new(
            what,
            "make sure that no other release uses this file, or restore a backup of it",
        )
        .because(error)
    })?;
    let store = Arc::new(store);
    let looked_at = Arc::clone(&store);
    Ok(Opened {
        store,
        connections: Some(Box::new(move || looked_at.connections())),
        migrated,
        turn: None,
    })
}

fn unopened_file(path: &Path, error: sqlite::OpenError) -> Failure {
    let advice = match &error {
        sqlite::OpenError::InUse { .. } => {
            "stop the other process, or set storage.url (VIDEOROOM__STORAGE__URL) to a file of its own"
        }
        sqlite::OpenError::Create { .. } | sqlite::OpenError::Connect { .. } => {
            "let this user write there, or set storage.url (VIDEOROOM__STORAGE__URL) to sqlite:PATH with a directory \
             that can be written"
        }
    };
    Failure::new(format!("can't open the store {}", path.display()), advice).because(error)
}

async fn in_postgres(
    address: &postgres::Address,
    settings: &Settings,
    migrate: bool,
) -> anyhow::Result<Opened> {
    let place = address.masked();
    let store = postgres::Store::open(address, connections(settings))
        .await
        .map_err(|error| unopened_database(&place, error))?;
    let failed = |error: StoreError| {
        let what = format!("can't bring the store {place} up to this release");
        let advice = "let this user change the schema, and make sure that the server runs";
        Failure::new(what, advice).because(error)
    };
    let turn = store.turn(PATIENCE).await.map_err(|error| match error {
        postgres::TurnError::Store(error) => failed(error),
        postgres::TurnError::Another(_) => another_migrates(&place, error),
    })?;
    let pending = store.pending_migrations().await.map_err(failed)?;
    let migrated = if pending.is_empty() {
        Vec::new()
    } else if migrate {
        turn.migrate().await.map_err(failed)?
    } else {
        let what = format!(
            "the store {place} is not up to this release: pending are {}",
            pending.join(", ")
        );
        let advice = "run `videoroom migrate`, start with `videoroom serve --migrate`, or set storage.auto_migrate \
                      (VIDEOROOM__STORAGE__AUTO_MIGRATE) to true";
        return Err(Failure::new(what, advice).into());
    };
    let store = Arc::new(store);
    let looked_at = Arc::clone(&store);
    Ok(Opened {
        store,
        connections: Some(Box::new(move || looked_at.connections())),
        migrated,
        turn: Some(turn),
    })
}

fn another_migrates(place: &str, error: postgres::TurnError) -> Failure {
    let advice = "wait until it is done, then start again; for a large store, run `videoroom migrate` alone before the \
                  processes of a new release start";
    Failure::new(format!("can't have a turn at the store {place}"), advice).because(error)
}

fn unopened_database(place: &str, error: postgres::OpenError) -> Failure {
    let advice = match &error {
        postgres::OpenError::Certificates { .. } => {
            "name the file of the server's authority with sslrootcert, or ask for less with sslmode"
        }
        postgres::OpenError::Tls(_) | postgres::OpenError::Connect(_) => {
            "check storage.url (VIDEOROOM__STORAGE__URL), and that the server runs and lets this user in"
        }
    };
    Failure::new(format!("can't open the store {place}"), advice).because(error)
}
