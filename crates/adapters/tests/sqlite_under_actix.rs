//! SQLite used from a handler on one of actix's single-threaded workers, whose request is dropped half-way.

use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use adapters::sqlite::{OpenMode, Store};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use domain::{EntityState, User};
use ports::store::{Intent, Store as _, StoreError};
use tokio::sync::Notify;

/// What the handler and the test tell each other.
struct Stage {
    store: Store,
    half_way: Notify,
    dropped: Notify,
}

/// Says that the future that holds it is gone.
struct TellsWhenDropped(Arc<Stage>);

impl Drop for TellsWhenDropped {
    fn drop(&mut self) {
        self.0.dropped.notify_one();
    }
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

/// Writes, and then hangs with the transaction open.
async fn hangs_in_a_transaction(stage: web::Data<Arc<Stage>>) -> HttpResponse {
    let _told = TellsWhenDropped(Arc::clone(&stage));
    let mut work = stage.store.begin(Intent::Write).await.unwrap();
    work.apps().next_user_id().await.unwrap();
    stage.half_way.notify_one();
    std::future::pending().await
}

/// Hangs while SQLite waits for a lock on another thread.
async fn hangs_in_a_query(stage: web::Data<Arc<Stage>>) -> HttpResponse {
    let _told = TellsWhenDropped(Arc::clone(&stage));
    stage.half_way.notify_one();
    let _work = stage.store.begin(Intent::Write).await.unwrap();
    std::future::pending().await
}

/// Whether both writers that came after a request was dropped left what they wrote.
async fn has_both(store: &Store) -> bool {
    let mut work = store.begin(Intent::Read).await.unwrap();
    let first = work.apps().user_by_username("first").await.unwrap();
    let second = work.apps().user_by_username("second").await.unwrap();
    first.is_some() && second.is_some()
}

async fn open(path: &Path) -> Store {
    let store = Store::open(path, NonZeroUsize::new(4).unwrap(), OpenMode::Serve)
        .await
        .unwrap();
    store.migrate().await.unwrap();
    store
}

/// Serves both handlers on a thread with a single-threaded runtime, as actix does in production.
fn serve(
    stage: &Arc<Stage>,
) -> (
    SocketAddr,
    std::thread::JoinHandle<()>,
    actix_web::dev::ServerHandle,
) {
    let (tell, told) = std::sync::mpsc::channel();
    let stage = Arc::clone(stage);
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(web::Data::new(Arc::clone(&stage)))
                    .route("/transaction", web::get().to(hangs_in_a_transaction))
                    .route("/query", web::get().to(hangs_in_a_query))
            })
            .workers(1)
            .disable_signals()
            .h1_allow_half_closed(false)
            .bind(("127.0.0.1", 0))
            .unwrap();
            let address = server.addrs()[0];
            let server = server.run();
            tell.send((address, server.handle())).unwrap();
            server.await.unwrap();
        });
    });
    let (address, handle) = told.recv().unwrap();
    (address, thread, handle)
}

/// Sends a request to `path`, and goes away when its handler is half-way.
async fn ask_and_leave(stage: &Stage, address: SocketAddr, path: &str) {
    let mut client = TcpStream::connect(address).unwrap();
    std::io::Write::write_all(
        &mut client,
        format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(),
    )
    .unwrap();
    stage.half_way.notified().await;
    drop(client);
    stage.dropped.notified().await;
}

/// A write that must get its turn at once, not when some time-out is over.
async fn writes_at_once(store: &Store, name: &str) {
    tokio::time::timeout(Duration::from_secs(2), insert_user(store, name))
        .await
        .expect("the lock is free")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_dropped_in_a_transaction_frees_the_lock_and_harms_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let stage = Arc::new(Stage {
        store: open(&dir.path().join("a.db")).await,
        half_way: Notify::new(),
        dropped: Notify::new(),
    });
    let (address, thread, server) = serve(&stage);
    for name in ["first", "second"] {
        ask_and_leave(&stage, address, "/transaction").await;
        writes_at_once(&stage.store, name).await;
    }
    assert!(has_both(&stage.store).await);
    server.stop(false).await;
    thread.join().expect("no worker has panicked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_dropped_while_sqlite_works_frees_the_lock_and_harms_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let stage = Arc::new(Stage {
        store: open(&path).await,
        half_way: Notify::new(),
        dropped: Notify::new(),
    });
    let (address, thread, server) = serve(&stage);
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    for name in ["first", "second"] {
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        ask_and_leave(&stage, address, "/query").await;
        other.batch_execute("COMMIT").unwrap();
        writes_at_once(&stage.store, name).await;
    }
    assert!(has_both(&stage.store).await);
    server.stop(false).await;
    thread.join().expect("no worker has panicked");
}
