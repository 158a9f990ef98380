//! What only PostgreSQL promises: many processes on one store, a server that stops or hangs, and TLS.

mod postgres_support;

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::postgres::{Address, OpenError, Store, TurnError};
use domain::{EntityState, SessionId, User};
use ports::store::{Intent, PageRequest, Store as _, StoreError};
use postgres_support::{Database, Server};
use tokio::sync::Barrier;

/// How long to wait for others.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a call may take, whatever the server does.
const A_FEW_SECONDS: Duration = Duration::from_secs(8);

async fn open(url: &str, connections: usize) -> Result<Store, OpenError> {
    let address = Address::parse(url).unwrap();
    Store::open(&address, NonZeroUsize::new(connections).unwrap()).await
}

async fn migrated(database: &Database, connections: usize) -> Store {
    let store = open(&database.url(), connections).await.unwrap();
    store.turn(PATIENCE).await.unwrap().migrate().await.unwrap();
    store
}

async fn insert_user(store: &Store, name: &str) -> Result<(), StoreError> {
    let mut work = store.begin(Intent::Write).await?;
    let id = work.apps().next_user_id().await?;
    let user = User {
        id,
        state: EntityState::Active,
        username: name.to_owned(),
        email: String::new(),
    };
    work.apps().insert_user(&user).await?;
    work.commit().await
}

async fn has_user(store: &Store, name: &str) -> Result<bool, StoreError> {
    let mut work = store.begin(Intent::Read).await?;
    Ok(work.apps().user_by_username(name).await?.is_some())
}

/// The outcome of a call, which came soon.
async fn soon<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(A_FEW_SECONDS, call)
        .await
        .expect("a call ends within a few seconds")
}

/// Waits until a user can be written again, and answers how long that took.
async fn recovered(store: &Store, name: &str) -> Duration {
    let since = Instant::now();
    while insert_user(store, name).await.is_err() {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "the store does not come back"
        );
    }
    since.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_named_and_applied_once() {
    let database = Database::new();
    let store = open(&database.url(), 2).await.unwrap();
    let pending = store.pending_migrations().await.unwrap();
    assert!(!pending.is_empty());
    let unmigrated = store.ping().await;
    assert!(
        matches!(unmigrated, Err(StoreError::Corrupt { .. })),
        "{unmigrated:?}"
    );
    let turn = store.turn(PATIENCE).await.unwrap();
    assert_eq!(turn.migrate().await.unwrap(), pending);
    assert_eq!(turn.migrate().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.pending_migrations().await.unwrap(), Vec::<String>::new());
    store.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_take_turns_to_migrate() {
    let database = Database::new();
    let url = database.url();
    let (one, other) = tokio::join!(open(&url, 2), open(&url, 2));
    let (one, other) = (one.unwrap(), other.unwrap());
    let migrate = async |store: &Store| store.turn(PATIENCE).await.unwrap().migrate().await.unwrap();
    let (first, second) = tokio::join!(migrate(&one), migrate(&other));
    assert_eq!(first.len().min(second.len()), 0, "{first:?} {second:?}");

    let turn = one.turn(PATIENCE).await.unwrap();
    let waiting = async { other.turn(PATIENCE).await.map(drop) };
    let waited = tokio::time::timeout(Duration::from_millis(300), waiting).await;
    assert!(waited.is_err(), "two have their turn at once");
    let patience = Duration::from_millis(300);
    let given_up = soon(other.turn(patience)).await.map(drop).unwrap_err();
    assert!(
        matches!(given_up, TurnError::Another(waited) if waited == patience),
        "{given_up:?}"
    );
    drop(turn);
    soon(other.turn(PATIENCE)).await.unwrap();
}

/// Waits until nobody has told a node anything for a while.
async fn until_silent(store: &Store, node: &str) {
    while tokio::time::timeout(Duration::from_secs(1), store.told(node))
        .await
        .is_ok()
    {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_told_by_another_that_a_publisher_must_go_without_looking_itself() {
    let database = Database::new();
    let here = migrated(&database, 2).await;
    let there = open(&database.url(), 2).await.unwrap();
    // A session of each node; whose, does not matter here.
    database.sql(
        "SET session_replication_role = replica; INSERT INTO sessions (id, app_id, stream_key_id, node, started_at, \
         disconnect) VALUES (1, 1, 1, 'here', now(), FALSE), (2, 1, 1, 'there', now(), FALSE)",
    );
    until_silent(&here, "here").await;
    for (session, is_told) in [(2, false), (1, true)] {
        let mut work = there.begin(Intent::Write).await.unwrap();
        let asked = work.sessions().ask_disconnect(SessionId::new(session));
        asked.await.unwrap();
        let early = tokio::time::timeout(Duration::from_millis(300), here.told("here")).await;
        assert!(early.is_err(), "told of what is not committed");
        work.commit().await.unwrap();
        let told = tokio::time::timeout(Duration::from_secs(1), here.told("here")).await;
        assert_eq!(told.is_ok(), is_told, "{session}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_rights_to_the_schema_can_see_what_is_pending() {
    let database = Database::new();
    let store = migrated(&database, 2).await;
    assert_eq!(store.pending_migrations().await.unwrap(), Vec::<String>::new());
    let role = format!("reader_{}", std::process::id());
    database.sql(&format!(
        "CREATE ROLE {role} LOGIN; DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}', current_schema); \
         EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO {role}', current_schema); END $$"
    ));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let restricted = open(&url, 2).await.unwrap();
    assert_eq!(
        restricted.pending_migrations().await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_an_address_too() {
    let database = Database::new();
    let store = open(&database.socket_url(), 2).await.unwrap();
    store.turn(PATIENCE).await.unwrap().migrate().await.unwrap();
    insert_user(&store, "by socket").await.unwrap();
    assert!(has_user(&store, "by socket").await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_units_of_work_leave_no_transaction_behind() {
    let database = Database::new();
    let store = migrated(&database, 4).await;
    for _ in 0..20 {
        let mut work = store.begin(Intent::Write).await.unwrap();
        work.apps().next_user_id().await.unwrap();
    }
    insert_user(&store, "after").await.unwrap();
    let connections = "SELECT count(*) FROM pg_stat_activity \
                       WHERE application_name = 'videoroom' AND state LIKE 'idle in transaction%' AND datname = current_database()";
    let deadline = Instant::now() + A_FEW_SECONDS;
    while database.sql(connections) != "0" {
        assert!(Instant::now() < deadline, "a transaction is still open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_after_a_failed_statement_is_an_error() {
    let database = Database::new();
    let store = migrated(&database, 2).await;
    insert_user(&store, "taken").await.unwrap();
    let mut work = store.begin(Intent::Write).await.unwrap();
    let user = User {
        id: work.apps().next_user_id().await.unwrap(),
        state: EntityState::Active,
        username: "taken".to_owned(),
        email: String::new(),
    };
    let refused = work.apps().insert_user(&user).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
    let committed = work.commit().await;
    assert!(
        matches!(committed, Err(StoreError::Unavailable(_))),
        "{committed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_postgres_cannot_hold_is_not_found() {
    let database = Database::new();
    let store = migrated(&database, 2).await;
    let mut work = store.begin(Intent::Read).await.unwrap();
    let key = work.apps().key(&domain::ApiKeyId::new("a\0b")).await.unwrap();
    assert_eq!(key, None);
    let secret = domain::StreamKeySecret::new("a\0b".to_owned());
    assert_eq!(work.stream_keys().by_secret(&secret).await.unwrap(), None);
    let app = domain::AppId::new(1);
    let filter = ports::store::MemberFilter {
        app_user_name: Some("a\0b".to_owned()),
        ..ports::store::MemberFilter::all(app)
    };
    let page = PageRequest { page: 0, size: 10 };
    assert_eq!(work.members().list(&filter, page).await.unwrap().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_is_unavailable_at_once_and_used_again_when_it_is_back() {
    let mut server = Server::start(&[], |_| ());
    let database = server.database();
    let store = migrated(&database, 4).await;
    insert_user(&store, "before").await.unwrap();
    let mut in_transaction = store.begin(Intent::Write).await.unwrap();
    in_transaction.apps().next_user_id().await.unwrap();

    server.stop();
    let cut_off = soon(in_transaction.apps().next_user_id()).await;
    assert!(matches!(cut_off, Err(StoreError::Unavailable(_))), "{cut_off:?}");
    drop(in_transaction);
    for call in 0..8 {
        let written = soon(insert_user(&store, "meanwhile")).await;
        assert!(
            matches!(written, Err(StoreError::Unavailable(_))),
            "{call}: {written:?}"
        );
        let read = soon(has_user(&store, "before")).await;
        assert!(
            matches!(read, Err(StoreError::Unavailable(_))),
            "{call}: {read:?}"
        );
        let pinged = soon(store.ping()).await;
        assert!(
            matches!(pinged, Err(StoreError::Unavailable(_))),
            "{call}: {pinged:?}"
        );
    }

    server.restart();
    assert!(recovered(&store, "after").await < Duration::from_secs(2));
    assert!(has_user(&store, "before").await.unwrap());
    assert!(!has_user(&store, "meanwhile").await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_given_up_and_used_again_when_it_goes_on() {
    let server = Server::start(&[], |_| ());
    let database = server.database();
    let store = Arc::new(migrated(&database, 4).await);
    insert_user(&store, "before").await.unwrap();

    server.freeze(true);
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { soon(has_user(&store, "before")).await })
        })
        .collect();
    for call in calls {
        let read = call.await.unwrap();
        assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    }
    server.freeze(false);
    assert!(recovered(&store, "after").await < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_cut_off_has_an_unknown_outcome() {
    let server = Server::start(&[], |_| ());
    let database = server.database();
    let store = migrated(&database, 4).await;
    let mut work = store.begin(Intent::Write).await.unwrap();
    work.apps().next_user_id().await.unwrap();
    server.freeze(true);
    let committed = soon(work.commit()).await;
    assert!(
        matches!(committed, Err(StoreError::OutcomeUnknown(_))),
        "{committed:?}"
    );
    server.freeze(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_too_many_clients_is_unavailable() {
    let server = Server::start(&["max_connections=6", "superuser_reserved_connections=1"], |_| ());
    let database = server.database();
    let store = Arc::new(migrated(&database, 16).await);
    let barrier = Arc::new(Barrier::new(16));
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (store, barrier) = (Arc::clone(&store), Arc::clone(&barrier));
            tokio::spawn(async move {
                let begun = store.begin(Intent::Write).await;
                barrier.wait().await;
                begun.map(drop)
            })
        })
        .collect();
    let mut refused = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => {}
            Err(StoreError::Unavailable(_)) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!((1..16).contains(&refused), "{refused}");
    recovered(&store, "after").await;
}

fn openssl(directory: &Path, arguments: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(directory)
        .output();
    let output = output.expect("openssl is missing: scripts/setup-tests installs it with PostgreSQL");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Puts an authority's certificate (`ca.crt`) and the server's for the host `localhost` into the directory.
fn certificates(directory: &Path) {
    openssl(
        directory,
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "ca.key",
            "-out",
            "ca.crt",
            "-subj",
            "/CN=Test CA",
            "-days",
            "2",
        ],
    );
    openssl(
        directory,
        &[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
            "-subj",
            "/CN=localhost",
        ],
    );
    std::fs::write(directory.join("extensions"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(
        directory,
        &[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-out",
            "server.crt",
            "-days",
            "2",
            "-extfile",
            "extensions",
        ],
    );
    for file in ["server.key", "server.crt"] {
        postgres_support::give_to_postgres(&directory.join(file));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sslmode_is_honoured() {
    let options = [
        "ssl=on",
        "ssl_cert_file=../server.crt",
        "ssl_key_file=../server.key",
    ];
    let server = Server::start(&options, certificates);
    let database = server.database();
    let authority = server.directory().join("ca.crt");
    let authority = authority.to_str().unwrap();
    let url = |host: &str, query: &str| format!("{}&{query}", database.url().replace("127.0.0.1", host));
    let encrypted = async |url: &str| {
        let store = open(url, 1).await?;
        store.turn(PATIENCE).await.unwrap().migrate().await.unwrap();
        let _held = store.begin(Intent::Read).await.unwrap();
        let ssl = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'videoroom'";
        Ok::<_, OpenError>(database.sql(ssl) == "t")
    };
    assert!(!encrypted(&url("127.0.0.1", "sslmode=disable")).await.unwrap());
    assert!(encrypted(&url("127.0.0.1", "sslmode=prefer")).await.unwrap());
    assert!(encrypted(&url("127.0.0.1", "sslmode=require")).await.unwrap());
    let verify = |mode: &str| format!("sslmode={mode}&sslrootcert={authority}");
    assert!(encrypted(&url("127.0.0.1", &verify("verify-ca"))).await.unwrap());
    assert!(
        encrypted(&url("localhost", &verify("verify-full")))
            .await
            .unwrap()
    );
    for refused in [
        url("127.0.0.1", &verify("verify-full")),
        url(
            "localhost",
            &format!(
                "sslmode=verify-ca&sslrootcert={}",
                other_authority(server.directory())
            ),
        ),
    ] {
        let opened = encrypted(&refused).await;
        assert!(
            matches!(opened, Err(OpenError::Connect(_))),
            "{refused}: {opened:?}"
        );
    }
    let opened = encrypted(&url("localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem")).await;
    assert!(
        matches!(opened, Err(OpenError::Certificates { .. })),
        "{opened:?}"
    );
}

fn other_authority(directory: &Path) -> String {
    openssl(
        directory,
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "other.key",
            "-out",
            "other.crt",
            "-subj",
            "/CN=Other",
            "-days",
            "2",
        ],
    );
    directory.join("other.crt").to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let database = Database::new();
    let opened = open(&format!("{}&sslmode=require", database.url()), 1).await;
    assert!(matches!(opened.map(drop), Err(OpenError::Connect(_))));
    open(&format!("{}&sslmode=prefer", database.url()), 1)
        .await
        .unwrap();
}
