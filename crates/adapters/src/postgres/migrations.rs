//! The schema's migrations, built into the program.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use ports::store::StoreError;

use super::connection::Conn;
use super::dialect;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const WHAT: &str = "schema";

/// Applies what is pending, each migration in its own transaction, and answers their names. Nobody else may be at it.
pub(super) async fn apply(conn: AsyncPgConnection) -> Result<Vec<String>, StoreError> {
    // The harness blocks.
    let applied = tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(conn);
        let applied = harness.run_pending_migrations(MIGRATIONS);
        applied.map(|applied| applied.iter().map(MigrationVersion::to_string).collect())
    });
    match applied.await {
        Ok(applied) => applied.map_err(|source| StoreError::corrupt(WHAT, source)),
        Err(ended) => Err(StoreError::unavailable(ended)),
    }
}

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = Bool)]
    there: bool,
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// What [`apply`] would apply.
pub(super) async fn pending(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let failed = |error| dialect::failed(WHAT, error);
    let list: There = sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS there")
        .get_result(conn)
        .await
        .map_err(failed)?;
    let applied: Vec<Applied> = if list.there {
        sql_query("SELECT version FROM __diesel_schema_migrations")
            .load(conn)
            .await
            .map_err(failed)?
    } else {
        Vec::new()
    };
    let known: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS
        .migrations()
        .map_err(|source| StoreError::corrupt(WHAT, source))?;
    let mut names: Vec<_> = known
        .iter()
        .map(|migration| migration.name().version().to_string())
        .filter(|name| applied.iter().all(|applied| applied.version != *name))
        .collect();
    names.sort();
    Ok(names)
}
