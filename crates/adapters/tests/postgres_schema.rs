//! Both SQL databases have the same schema, and PostgreSQL's answers first pages off an index.

mod postgres_support;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use adapters::postgres::{self, Address};
use adapters::sqlite::{self, OpenMode};
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use postgres_support::Database;

/// Where SQLite keeps the numbers that PostgreSQL's sequences give out, and what diesel keeps in both.
const OTHER: &[&str] = &["id_sequences", "__diesel_schema_migrations"];

async fn migrated() -> Database {
    let database = Database::new();
    let address = Address::parse(&database.url()).unwrap();
    let store = postgres::Store::open(&address, NonZeroUsize::MIN).await.unwrap();
    store.turn().await.unwrap().migrate().await.unwrap();
    database
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn is_ours(line: &str) -> bool {
    OTHER.iter().all(|other| !line.starts_with(other))
}

async fn in_sqlite(query: &str) -> BTreeSet<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let store = sqlite::Store::open(&path, NonZeroUsize::MIN, OpenMode::Serve)
        .await
        .unwrap();
    store.migrate().await.unwrap();
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let lines: Vec<Line> = sql_query(query).load(&mut conn).unwrap();
    lines
        .into_iter()
        .map(|line| line.line)
        .filter(|line| is_ours(line))
        .collect()
}

async fn in_postgres(query: &str) -> BTreeSet<String> {
    let answer = migrated().await.sql(query);
    answer
        .lines()
        .map(str::to_owned)
        .filter(|line| is_ours(line))
        .collect()
}

fn migrations(of: &str) -> Vec<String> {
    let directory = format!("{}/../../migrations/{of}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(directory).unwrap().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn each_migration_is_there_for_both() {
    assert_eq!(migrations("postgres"), migrations("sqlite"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_columns_are_the_same() {
    let sqlite = in_sqlite(
        "SELECT t.name || '.' || c.name || ' ' || \
            CASE WHEN c.\"notnull\" THEN 'not null' ELSE 'null' END || ' ' || c.pk AS line \
         FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .await;
    let postgres = in_postgres(
        "SELECT c.relname || '.' || a.attname || ' ' || \
            CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END || ' ' || \
            coalesce(array_position(p.conkey, a.attnum), 0) \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
            LEFT JOIN pg_constraint p ON p.conrelid = c.oid AND p.contype = 'p' \
         WHERE c.relkind = 'r' AND c.relnamespace = current_schema::regnamespace",
    )
    .await;
    assert!(sqlite.len() > 70, "{sqlite:?}");
    assert_eq!(postgres, sqlite);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unique_is_the_same() {
    let sqlite = in_sqlite(
        "SELECT t.name || '(' || (SELECT group_concat(name, ',') FROM \
            (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')' || \
            CASE WHEN i.partial THEN ' partial' ELSE '' END AS line \
         FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.\"unique\" AND i.origin <> 'pk'",
    )
    .await;
    let postgres = in_postgres(
        "SELECT i.indrelid::regclass || '(' || (SELECT string_agg(a.attname, ',' ORDER BY k.place) \
            FROM unnest(i.indkey::int[]) WITH ORDINALITY k (column_, place) \
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.column_) || ')' || \
            CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
         WHERE i.indisunique AND NOT i.indisprimary AND c.relnamespace = current_schema::regnamespace",
    )
    .await;
    assert!(
        sqlite.contains("members(app_id,app_user_id) partial"),
        "{sqlite:?}"
    );
    assert_eq!(postgres, sqlite);
}

#[tokio::test(flavor = "multi_thread")]
async fn references_are_the_same() {
    let sqlite = in_sqlite(
        "SELECT t.name || '.' || f.\"from\" || ' ' || f.\"table\" || '.' || f.\"to\" AS line \
         FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
    )
    .await;
    let postgres = in_postgres(
        "SELECT f.conrelid::regclass || '.' || a.attname || ' ' || f.confrelid::regclass || '.' || b.attname \
         FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid \
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1] \
            JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = f.confkey[1] \
         WHERE f.contype = 'f' AND c.relnamespace = current_schema::regnamespace",
    )
    .await;
    assert_eq!(postgres, sqlite);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_down_migration_leaves_nothing() {
    let database = migrated().await;
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres");
    for migration in migrations("postgres").into_iter().rev() {
        database.sql(&std::fs::read_to_string(format!("{directory}/{migration}/down.sql")).unwrap());
    }
    let left = database.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema::regnamespace AND relkind IN ('r', 'S', 'i') \
         AND relname NOT LIKE '\\_\\_diesel%'",
    );
    assert_eq!(left, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn first_pages_and_look_ups_are_read_off_an_index() {
    let database = migrated().await;
    let rooms = "SELECT id FROM video_rooms WHERE app_id = 1 AND entity_state = 'ACTIVE'";
    for query in [
        format!("{rooms} ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{rooms} ORDER BY last_modified_at, id LIMIT 10"),
        format!("{rooms} AND state = 'LIVE' ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{rooms} AND member_id = 1 ORDER BY created_at DESC, id DESC LIMIT 10"),
        "SELECT id FROM members WHERE app_id = 1 AND app_user_id = 'a' AND members.state = 'ACTIVE'"
            .to_owned(),
        "SELECT id FROM stream_keys WHERE secret = 'a' AND entity_state = 'ACTIVE'".to_owned(),
        "SELECT id FROM stream_keys WHERE video_room_id = 1".to_owned(),
        "SELECT id FROM stream_keys WHERE preview = 'a'".to_owned(),
        "SELECT id FROM video_rooms WHERE playback = 'a'".to_owned(),
        "SELECT id FROM sessions WHERE stream_key_id = 1 ORDER BY started_at DESC, id DESC LIMIT 1"
            .to_owned(),
        "SELECT id FROM sessions WHERE node = 'a' AND closed_at IS NULL".to_owned(),
    ] {
        // With so few rows anything else would be cheaper.
        let plan = database.sql(&format!(
            "SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN {query}"
        ));
        assert!(
            plan.contains("Index") && !plan.contains("Seq Scan") && !plan.contains("Sort"),
            "{query}: {plan}"
        );
    }
}
