//! The schema's migrations, built into the program.

use diesel::SqliteConnection;
use diesel::migration::MigrationVersion;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use ports::store::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const WHAT: &str = "schema";

/// Applies what is pending in one transaction, which also keeps out any other process that would do the same.
pub(super) fn apply(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    conn.immediate_transaction(|conn| {
        let applied = conn
            .run_pending_migrations(MIGRATIONS)
            .map_err(Failed::Migration)?;
        Ok(applied.iter().map(MigrationVersion::to_string).collect())
    })
    .map_err(|error| match error {
        Failed::Migration(source) => StoreError::corrupt(WHAT, source),
        Failed::Query(source) => super::dialect::failed(WHAT, source),
    })
}

/// What [`apply`] would apply.
pub(super) fn pending(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let pending = conn
        .pending_migrations(MIGRATIONS)
        .map_err(|source| StoreError::corrupt(WHAT, source))?;
    Ok(pending
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}

enum Failed {
    Migration(Box<dyn std::error::Error + Send + Sync>),
    Query(diesel::result::Error),
}

impl From<diesel::result::Error> for Failed {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(error)
    }
}
