//! Both SQL databases have the same schema, and PostgreSQL's answers first pages off an index.

mod postgres_support;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use adapters::postgres::{self, Address};
use adapters::sqlite::{self, OpenMode};
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use postgres_support::{Database, migrate};

/// Where SQLite keeps the numbers that PostgreSQL's sequences give out, the indexes of keywords that are tables there, and
/// what diesel keeps in both.
const OTHER: &[&str] = &[
    "id_sequences",
    "video_room_numbering",
    "video_room_search",
    "video_room_words",
    "__diesel_schema_migrations",
];

async fn migrated() -> Database {
    let database = Database::new();
    let address = Address::parse(&database.url()).unwrap();
    let store = postgres::Store::open(&address, NonZeroUsize::MIN).await.unwrap();
    migrate(&store).await;
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
async fn titles_that_were_there_before_the_index_are_found() {
    let database = migrated().await;
    let directory = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../migrations/postgres/2026-11-28-000040_keywords"
    );
    database.sql(&std::fs::read_to_string(format!("{directory}/down.sql")).unwrap());
    database.sql(
        "INSERT INTO users VALUES (1, 'ACTIVE', 'u', 'u@example.com'); \
         INSERT INTO apps VALUES (1, 'ACTIVE', 'a', 1, 0, now()); \
         INSERT INTO members (id, app_id, state, app_user_id, created_at, last_modified_at, version) \
         VALUES (1, 1, 'ACTIVE', 'm', now(), now(), 1); \
         INSERT INTO video_rooms (id, app_id, member_id, entity_state, state, kind, creator_type, creator_id, \
            access_level, title, title_folded, channel_key, forcibly_terminated, vod_state, created_at, \
            last_modified_at, version) \
         SELECT n, 1, 1, CASE WHEN n = 3 THEN 'DELETED' ELSE 'ACTIVE' END, 'SCHEDULED', 'BROADCAST_RTMP', 'APP', 1, \
            'PUBLIC', 'Old ' || n, 'old ' || n, '', false, 'NOT_ARCHIVED', now(), now(), 1 FROM generate_series(1, 3) n",
    );
    database.sql(&std::fs::read_to_string(format!("{directory}/up.sql")).unwrap());
    let found = |part: &str| {
        database.sql(&format!(
            "SELECT id FROM video_room_titles WHERE title_parts(app_id, title_folded) @> ARRAY['1:{part}'] ORDER BY id"
        ))
    };
    assert_eq!(found("old").lines().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(found("d 2").lines().collect::<Vec<_>>(), ["2"]);
    database.sql(
        "UPDATE video_rooms SET title_folded = 'new' WHERE id = 1; DELETE FROM video_rooms WHERE id = 2",
    );
    assert_eq!(found("old"), "");
    assert_eq!(found("n").lines().collect::<Vec<_>>(), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keywords_are_looked_up_in_the_index() {
    let database = migrated().await;
    for joined in ["", "JOIN video_rooms AS r ON r.id = t.id "] {
        let plan = database.sql(&format!(
            "EXPLAIN SELECT t.id, t.created_at FROM video_room_titles AS t {joined}\
             WHERE title_parts(t.app_id, t.title_folded) @> ARRAY['1:abc'] \
             AND title_parts(t.app_id, t.title_folded) @> ARRAY['1:bcd'] \
             AND strpos(t.title_folded, 'abcd') > 0 LIMIT 10001"
        ));
        assert!(plan.contains("on video_room_titles_by_part"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
}

/// The server plans a statement for its values five times, and then for any, where that is no dearer.
#[tokio::test(flavor = "multi_thread")]
async fn keywords_are_planned_once_for_all() {
    let database = migrated().await;
    database.sql(
        "SET session_replication_role = replica; \
         INSERT INTO video_room_titles (id, app_id, title_folded, created_at) \
         SELECT n, 1, 'benchmark ' || n || ' zoological garden', now() FROM generate_series(1, 5000) AS numbers (n)",
    );
    database.sql("ANALYZE video_room_titles");
    // What is known of frequent parts makes plans for their values cheaper, as soon as there are many rooms.
    let counted = "SELECT count(*) FROM pg_stats WHERE tablename = 'video_room_titles_by_part'";
    assert_eq!(database.sql(counted).trim(), "0");
    let has = |number| format!("title_parts(t.app_id, t.title_folded) @> ARRAY[${number}]");
    let asked = "EXECUTE hits ('1:zzz', '1:zzy', 'zzzy'); ".repeat(8);
    for parts in [has(1), format!("{} AND {}", has(1), has(2))] {
        let plans = database.sql(&format!(
            "PREPARE hits (text, text, text) AS SELECT t.id, t.created_at FROM video_room_titles AS t \
             WHERE {parts} AND strpos(t.title_folded, $3) > 0 LIMIT 10001; {asked} \
             SELECT custom_plans || ' for values, ' || generic_plans || ' for any' FROM pg_prepared_statements"
        ));
        assert!(
            plans.trim_end().ends_with("5 for values, 3 for any"),
            "{parts}: {plans}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_pages_and_look_ups_are_read_off_an_index() {
    let database = migrated().await;
    let rooms = "SELECT id FROM video_rooms WHERE app_id = 1 AND entity_state = 'ACTIVE'";
    for query in [
        format!("{rooms} ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{rooms} ORDER BY last_modified_at, id LIMIT 10"),
        format!("{rooms} AND state = 'LIVE' ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{rooms} AND state = 'LIVE' ORDER BY last_modified_at DESC, id DESC LIMIT 10"),
        format!("{rooms} AND kind = 'WEBINAR' ORDER BY created_at, id LIMIT 10"),
        format!("{rooms} AND kind = 'WEBINAR' ORDER BY last_modified_at, id LIMIT 10"),
        format!("{rooms} AND access_level = 'APP' ORDER BY created_at, id LIMIT 10"),
        format!("{rooms} AND access_level = 'APP' ORDER BY last_modified_at, id LIMIT 10"),
        format!("{rooms} AND member_id = 1 ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{rooms} AND member_id = 1 ORDER BY last_modified_at DESC, id DESC LIMIT 10"),
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
