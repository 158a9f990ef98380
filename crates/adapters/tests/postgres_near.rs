//! The connection that a thread with a runtime of its own reads from: one for all who read there at the same time.

mod postgres_support;

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use adapters::postgres::{Address, Store};
use domain::{EntityState, User};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use ports::store::{Intent, Store as _, StoreError};
use postgres_support::{Database, Server};

/// How long to wait for others.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a call may take, whatever the server does.
const A_FEW_SECONDS: Duration = Duration::from_secs(8);

async fn migrated(database: &Database, connections: usize) -> Store {
    let address = Address::parse(&database.url()).unwrap();
    let connections = NonZeroUsize::new(connections).unwrap();
    let store = Store::open(&address, connections).await.unwrap();
    store.turn(PATIENCE).await.unwrap().migrate().await.unwrap();
    store
}

/// A store on a server of its own whose thread has its connection.
async fn in_use() -> (Server, Database, Store) {
    let server = Server::start(&[], |_| ());
    let database = server.database();
    let store = migrated(&database, 16).await;
    read(&store).await.unwrap();
    (server, database, store)
}

async fn has_user(store: &Store, name: &str) -> Result<bool, StoreError> {
    let mut work = store.begin(Intent::Read).await?;
    Ok(work.apps().user_by_username(name).await?.is_some())
}

async fn read(store: &Store) -> Result<(), StoreError> {
    assert!(!has_user(store, "nobody").await?);
    Ok(())
}

/// The processes of the server that serve clients, but for the one that tells.
fn serving(database: &Database) -> String {
    database.sql(
        "SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
}

/// Waits until reading works again.
async fn recovered(store: &Store) {
    let since = Instant::now();
    while let Err(error) = read(store).await {
        assert!(since.elapsed() < Duration::from_secs(10), "{error:?}");
    }
}

#[tokio::test]
async fn all_who_read_on_a_thread_at_the_same_time_use_one_connection() {
    let (_server, database, store) = in_use().await;
    let before = (serving(&database), store.connections().open);
    for answer in join_all((0..100).map(|_| read(&store))).await {
        answer.unwrap();
    }
    assert_eq!((serving(&database), store.connections().open), before);
}

#[tokio::test]
async fn who_goes_away_before_the_answer_costs_no_connection_and_nobody_gets_that_answer() {
    let (_server, database, store) = in_use().await;
    let mut work = store.begin(Intent::Write).await.unwrap();
    let id = work.apps().next_user_id().await.unwrap();
    let user = User {
        id,
        state: EntityState::Active,
        username: "somebody".to_owned(),
        email: String::new(),
    };
    work.apps().insert_user(&user).await.unwrap();
    work.commit().await.unwrap();
    let before = serving(&database);
    for _ in 0..20 {
        let gone = has_user(&store, "somebody").now_or_never();
        assert!(gone.is_none(), "the answer was there at once");
        assert!(!has_user(&store, "nobody").await.unwrap());
        assert!(has_user(&store, "somebody").await.unwrap());
    }
    assert_eq!(serving(&database), before);
}

#[tokio::test]
async fn a_connection_that_the_server_ended_is_made_anew() {
    let (_server, database, store) = in_use().await;
    let before = serving(&database);
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    recovered(&store).await;
    let after = serving(&database);
    assert!(!after.is_empty());
    assert_ne!(after, before);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_by_all_and_used_again_when_it_goes_on() {
    let (server, _database, store) = in_use().await;
    server.freeze(true);
    let reads = join_all((0..20).map(|_| read(&store)));
    let answers = tokio::time::timeout(A_FEW_SECONDS, reads).await;
    for answer in answers.expect("a call ends within a few seconds") {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    server.freeze(false);
    recovered(&store).await;
}

#[tokio::test]
async fn where_there_are_few_connections_nobody_has_one_of_their_own() {
    let server = Server::start(&[], |_| ());
    let database = server.database();
    let store = migrated(&database, 1).await;
    for answer in join_all((0..20).map(|_| read(&store))).await {
        answer.unwrap();
    }
    assert_eq!(store.connections().max, 1);
    assert_eq!(store.connections().open, 1);
}
