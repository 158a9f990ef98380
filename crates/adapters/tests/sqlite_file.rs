//! What only SQLite promises: one serving process a file, migrations, and queries that an index answers.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use adapters::sqlite::{OpenError, OpenMode, Store};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use domain::{
    App, AppName, DomainEvent, EntityState, StreamKeyId, StreamKeyState, Timestamp, User, VideoRoomId,
    VideoRoomState,
};
use ports::store::{Intent, Store as _, StoreError};

struct Place {
    path: PathBuf,
    _directory: tempfile::TempDir,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    Place {
        path: directory.path().join("a/b/videoroom.db"),
        _directory: directory,
    }
}

async fn open(path: &Path, mode: OpenMode) -> Result<Store, OpenError> {
    Store::open(path, NonZeroUsize::new(3).unwrap(), mode).await
}

fn raw(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

async fn insert_app(store: &Store) -> App {
    let mut work = store.begin(Intent::Write).await.unwrap();
    let owner = User {
        id: work.apps().next_user_id().await.unwrap(),
        state: EntityState::Active,
        username: "owner".to_owned(),
        email: "o@example.com".to_owned(),
    };
    work.apps().insert_user(&owner).await.unwrap();
    let app = App {
        id: work.apps().next_id().await.unwrap(),
        state: EntityState::Active,
        name: AppName::new("app").unwrap(),
        owner: owner.id,
        created_at: Timestamp::from_micros(1),
    };
    work.apps().insert(&app).await.unwrap();
    work.commit().await.unwrap();
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_serving_process_is_refused_and_a_command_is_not() {
    let place = place();
    let first = open(&place.path, OpenMode::Serve).await.unwrap();
    let Err(error) = open(&place.path, OpenMode::Serve).await else {
        panic!("two serve from one file");
    };
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("another process is serving from") && text.contains("videoroom.db"),
        "{text}"
    );

    first.migrate().await.unwrap();
    let command = open(&place.path, OpenMode::Alongside).await.unwrap();
    let app = insert_app(&command).await;
    let found = first.begin(Intent::Read).await.unwrap().apps().get(app.id).await;
    assert_eq!(found.unwrap(), Some(app));

    drop(first);
    open(&place.path, OpenMode::Serve)
        .await
        .expect("the lock ended with its holder");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_named_and_applied_once() {
    let place = place();
    let store = open(&place.path, OpenMode::Serve).await.unwrap();
    let pending = store.pending_migrations().await.unwrap();
    assert!(!pending.is_empty());
    let unmigrated = store.ping().await;
    assert!(
        matches!(unmigrated, Err(StoreError::Corrupt { .. })),
        "{unmigrated:?}"
    );
    assert_eq!(store.migrate().await.unwrap(), pending);
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.pending_migrations().await.unwrap(), Vec::<String>::new());
    store.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_migrate_at_the_same_time_do_it_once() {
    let place = place();
    let (one, other) = tokio::join!(
        open(&place.path, OpenMode::Alongside),
        open(&place.path, OpenMode::Alongside)
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    let (first, second) = tokio::join!(one.migrate(), other.migrate());
    let applied = [first.unwrap(), second.unwrap()];
    assert!(applied.iter().any(Vec::is_empty), "{applied:?}");
    assert_eq!(one.pending_migrations().await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_refused() {
    let place = place();
    std::fs::create_dir_all(place.path.parent().unwrap()).unwrap();
    std::fs::write(
        &place.path,
        "not a database, but longer than a header would be".repeat(100),
    )
    .unwrap();
    let Err(error) = open(&place.path, OpenMode::Serve).await else {
        panic!("a text is no database");
    };
    assert!(matches!(error, OpenError::Connect { .. }), "{error:?}");
    assert_eq!(std::fs::read(&place.path).unwrap()[..5], *b"not a");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let place = place();
    let store = open(&place.path, OpenMode::Serve).await.unwrap();
    store.migrate().await.unwrap();
    insert_app(&store).await;
    let wal = place.path.with_extension("db-wal");
    for file in [&place.path, &wal] {
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_another_process_holds_for_long_is_unavailable_and_then_works() {
    let place = place();
    let store = open(&place.path, OpenMode::Serve).await.unwrap();
    store.migrate().await.unwrap();
    let mut other = raw(&place.path);
    other.batch_execute("BEGIN EXCLUSIVE").unwrap();
    let refused = store.begin(Intent::Write).await.map(drop);
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    other.batch_execute("ROLLBACK").unwrap();
    insert_app(&store).await;
}

#[derive(QueryableByName, Debug, PartialEq)]
struct EventRow {
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Text)]
    what: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn events_stand_in_the_file_in_their_order() {
    let place = place();
    let store = open(&place.path, OpenMode::Serve).await.unwrap();
    store.migrate().await.unwrap();
    let app = insert_app(&store).await;
    for _ in 0..2 {
        let key = DomainEvent::StreamKey {
            id: StreamKeyId::new(5),
            state: StreamKeyState::ActiveLive,
        };
        let room = DomainEvent::VideoRoom {
            id: VideoRoomId::new(6),
            state: VideoRoomState::Live,
        };
        let mut work = store.begin(Intent::Write).await.unwrap();
        let now = Timestamp::from_micros(7);
        work.events().append(app.id, &[key, room], now).await.unwrap();
        work.commit().await.unwrap();
    }
    let query = "SELECT sequence, entity || ' ' || entity_id || ' ' || state || ' ' || occurred_at AS what \
                 FROM events ORDER BY app_id, sequence";
    let rows: Vec<EventRow> = sql_query(query).load(&mut raw(&place.path)).unwrap();
    let (key, room) = ("STREAM_KEY 5 ACTIVE_LIVE 7", "VIDEO_ROOM 6 LIVE 7");
    let expected = [(1, key), (2, room), (3, key), (4, room)].map(|(sequence, what)| EventRow {
        sequence,
        what: what.to_owned(),
    });
    assert_eq!(rows, expected);
}

#[derive(QueryableByName)]
struct PlanRow {
    #[diesel(sql_type = Text)]
    detail: String,
}

fn plan(conn: &mut SqliteConnection, query: &str) -> String {
    let rows: Vec<PlanRow> = sql_query(format!("EXPLAIN QUERY PLAN {query}"))
        .load(conn)
        .unwrap();
    let details: Vec<_> = rows.into_iter().map(|row| row.detail).collect();
    details.join("; ")
}

#[tokio::test(flavor = "multi_thread")]
async fn first_pages_and_look_ups_are_read_off_an_index() {
    let place = place();
    let store = open(&place.path, OpenMode::Serve).await.unwrap();
    store.migrate().await.unwrap();
    let mut conn = raw(&place.path);
    let rooms = "SELECT id FROM video_rooms WHERE app_id = ? AND entity_state = ?";
    let members = "SELECT id FROM members WHERE app_id = ? AND state = ?";
    for query in [
        format!("{rooms} ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{rooms} ORDER BY last_modified_at, id LIMIT 10"),
        format!("{rooms} AND state = ? ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{rooms} AND state = ? ORDER BY last_modified_at DESC, id DESC LIMIT 10"),
        format!("{rooms} AND kind = ? ORDER BY created_at, id LIMIT 10"),
        format!("{rooms} AND kind = ? ORDER BY last_modified_at, id LIMIT 10"),
        format!("{rooms} AND access_level = ? ORDER BY created_at, id LIMIT 10"),
        format!("{rooms} AND access_level = ? ORDER BY last_modified_at, id LIMIT 10"),
        format!("{rooms} AND member_id = ? ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{rooms} AND member_id = ? ORDER BY last_modified_at DESC, id DESC LIMIT 10"),
        "SELECT count(*) FROM video_rooms WHERE app_id = ? AND entity_state = ?".to_owned(),
        "SELECT id FROM stream_keys WHERE app_id = ? AND entity_state = ? ORDER BY created_at DESC, id DESC LIMIT 10"
            .to_owned(),
        format!("{members} ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{members} ORDER BY last_modified_at, id LIMIT 10"),
        format!("{members} ORDER BY app_user_id DESC, id DESC LIMIT 10"),
        format!("{members} AND app_user_id = ? ORDER BY created_at DESC, id DESC LIMIT 10"),
        format!("{members} AND name = ? ORDER BY created_at DESC, id DESC LIMIT 10"),
        "SELECT id FROM members WHERE app_id = ? AND app_user_id = ? AND members.state = 'ACTIVE'".to_owned(),
        "SELECT id FROM stream_keys WHERE secret = ? AND entity_state = ?".to_owned(),
        "SELECT id FROM stream_keys WHERE video_room_id = ?".to_owned(),
        "SELECT id FROM stream_keys WHERE preview = ?".to_owned(),
        "SELECT id FROM video_rooms WHERE playback = ?".to_owned(),
        "SELECT id FROM sessions WHERE stream_key_id = ? ORDER BY started_at DESC, id DESC LIMIT 1"
            .to_owned(),
        "SELECT id FROM sessions WHERE node = ? AND closed_at IS NULL".to_owned(),
    ] {
        let plan = plan(&mut conn, &query);
        assert!(
            plan.contains("SEARCH") && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
            "{query}: {plan}"
        );
    }
}
