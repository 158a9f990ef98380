//! Nodes and their leases.

use std::time::{Duration, Instant};

use ports::store::{Lease, Node, Session, Store};

use super::Harness;
use super::fixture::{at, broadcaster, read, session, tenant, write};

/// A lease that does not run out while a case runs.
const LONG: Duration = Duration::from_secs(600);

/// A lease that runs out soon.
const SHORT: Duration = Duration::from_millis(50);

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

fn node(name: &str, incarnation: &str) -> Node {
    Node {
        name: name.to_owned(),
        incarnation: incarnation.to_owned(),
        public_url: format!("http://{name}.example:8080"),
    }
}

async fn take(store: &dyn Store, node: &Node, lease: Duration) -> Lease {
    let mut work = write(store).await;
    let taken = work.nodes().take(node, lease).await.unwrap();
    work.commit().await.unwrap();
    taken
}

async fn renew(store: &dyn Store, node: &Node, lease: Duration, late: bool) -> Lease {
    let mut work = write(store).await;
    let renewed = work.nodes().renew(node, lease, late).await.unwrap();
    work.commit().await.unwrap();
    renewed
}

async fn give_back(store: &dyn Store, node: &Node) {
    let mut work = write(store).await;
    work.nodes().give_back(node).await.unwrap();
    work.commit().await.unwrap();
}

async fn forget_dead(store: &dyn Store) {
    let mut work = write(store).await;
    work.nodes().forget_dead().await.unwrap();
    work.commit().await.unwrap();
}

async fn orphans(store: &dyn Store) -> Vec<Session> {
    read(store).await.nodes().orphans().await.unwrap()
}

/// Takes the name as soon as it is free.
async fn take_when_free(store: &dyn Store, node: &Node, lease: Duration) {
    let deadline = Instant::now() + PATIENCE;
    while let Lease::Taken { left } = take(store, node, lease).await {
        assert!(
            Instant::now() < deadline,
            "the name is not free after {PATIENCE:?}"
        );
        assert!(left <= SHORT, "{left:?}");
        tokio::time::sleep(left).await;
    }
}

fn unbroken(lease: Lease) -> Duration {
    match lease {
        Lease::Held { unbroken } => unbroken,
        Lease::Taken { .. } => panic!("another has the name"),
    }
}

/// An open session of that number at a node, and the store's first app.
async fn publishing(store: &dyn Store, number: i64, member: &str, node: &str) -> Session {
    let app = tenant(store, member).await.app.id;
    let by = broadcaster(store, app, member).await;
    let made = session(number, &by, node, number);
    let mut work = write(store).await;
    work.sessions().insert(&made).await.unwrap();
    work.commit().await.unwrap();
    made
}

/// While a node is alive no other process gets its name; the one that has it may take it twice.
pub async fn name_of_a_living_node_is_taken(harness: impl Harness) {
    let store = harness.store();
    let (one, two) = (node("one", "a"), node("two", "a"));
    for _ in 0..2 {
        assert_eq!(unbroken(take(&*store, &one, LONG).await), Duration::ZERO);
    }
    unbroken(take(&*store, &two, LONG).await);
    let refused = take(&*store, &node("one", "b"), LONG).await;
    let Lease::Taken { left } = refused else {
        panic!("two processes of one name: {refused:?}");
    };
    assert!(left > LONG / 2 && left <= LONG, "{left:?}");
}

/// The name of a node that is dead goes to who asks first, and the one that had it does not get it back.
pub async fn name_of_a_dead_node_goes_to_the_next(harness: impl Harness) {
    let store = harness.store();
    let (old, new) = (node("one", "a"), node("one", "b"));
    unbroken(take(&*store, &old, SHORT).await);
    take_when_free(&*store, &new, LONG).await;
    let lost = renew(&*store, &old, LONG, false).await;
    assert!(matches!(lost, Lease::Taken { .. }), "{lost:?}");
    give_back(&*store, &old).await;
    let refused = take(&*store, &node("one", "c"), LONG).await;
    assert!(matches!(refused, Lease::Taken { .. }), "{refused:?}");
}

/// A lease that was given back is free at once; so is one that was forgotten, for the node itself too.
pub async fn name_that_was_given_back_is_free(harness: impl Harness) {
    let store = harness.store();
    let (old, new) = (node("one", "a"), node("one", "b"));
    unbroken(take(&*store, &old, LONG).await);
    give_back(&*store, &old).await;
    give_back(&*store, &old).await;
    unbroken(renew(&*store, &new, LONG, false).await);
    let refused = take(&*store, &old, LONG).await;
    assert!(matches!(refused, Lease::Taken { .. }), "{refused:?}");
}

/// How long a lease has been held counts from the last gap: one that ran out, or one that its node admits.
pub async fn unbroken_time_counts_from_the_last_gap(harness: impl Harness) {
    let store = harness.store();
    let one = node("one", "a");
    let began = Instant::now();
    take(&*store, &one, LONG).await;
    while unbroken(renew(&*store, &one, LONG, false).await) < SHORT {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(SHORT / 5).await;
    }
    assert!(
        began.elapsed() >= SHORT / 2,
        "time passed by the store's clock only"
    );
    assert_eq!(unbroken(renew(&*store, &one, LONG, true).await), Duration::ZERO);

    // It runs out: another node that is taken for as long sees that it did.
    renew(&*store, &one, SHORT, false).await;
    unbroken(take(&*store, &node("two", "a"), LONG).await);
    while unbroken(renew(&*store, &node("two", "a"), LONG, false).await) <= SHORT {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(SHORT / 5).await;
    }
    assert_eq!(unbroken(renew(&*store, &one, LONG, false).await), Duration::ZERO);
}

/// The sessions of a dead node are orphans; those of the living, those that are gone, and those of a node that never
/// had a lease are not.
pub async fn sessions_of_a_dead_node_are_orphans(harness: impl Harness) {
    let store = harness.store();
    let lost = publishing(&*store, 1, "m", "dead").await;
    let gone = publishing(&*store, 2, "n", "dead").await;
    publishing(&*store, 3, "o", "alive").await;
    publishing(&*store, 4, "p", "of an old release").await;
    let mut work = write(&*store).await;
    work.sessions().close(gone.id, at(9), at(0)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(orphans(&*store).await, []);

    unbroken(take(&*store, &node("alive", "a"), LONG).await);
    unbroken(take(&*store, &node("dead", "a"), SHORT).await);
    let deadline = Instant::now() + PATIENCE;
    while orphans(&*store).await.is_empty() {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(SHORT / 5).await;
    }
    assert_eq!(orphans(&*store).await, std::slice::from_ref(&lost));
    let standing = read(&*store).await.sessions().standing(lost.id).await.unwrap();
    assert!(standing.is_some_and(|standing| standing.orphaned));
    unbroken(renew(&*store, &node("dead", "a"), LONG, false).await);
    assert_eq!(orphans(&*store).await, []);
}

/// A dead node is forgotten when it holds no session; then its name is free for a process that only renews.
pub async fn dead_node_is_forgotten_with_its_last_session(harness: impl Harness) {
    let store = harness.store();
    let lost = publishing(&*store, 1, "m", "dead").await;
    unbroken(take(&*store, &node("dead", "a"), SHORT).await);
    unbroken(take(&*store, &node("alive", "a"), LONG).await);
    let deadline = Instant::now() + PATIENCE;
    while orphans(&*store).await.is_empty() {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(SHORT / 5).await;
    }
    forget_dead(&*store).await;
    assert_eq!(orphans(&*store).await, std::slice::from_ref(&lost));
    let mut work = write(&*store).await;
    work.sessions().close(lost.id, at(9), at(0)).await.unwrap();
    work.commit().await.unwrap();
    forget_dead(&*store).await;
    unbroken(renew(&*store, &node("dead", "b"), LONG, false).await);
    let alive = renew(&*store, &node("alive", "b"), LONG, false).await;
    assert!(matches!(alive, Lease::Taken { .. }), "{alive:?}");
}

/// Of many processes that want one name at the same moment one gets it.
pub async fn one_of_many_gets_a_name(harness: impl Harness) {
    let store = harness.store();
    let takers: Vec<_> = (0..8)
        .map(|number| {
            let store = harness.store();
            tokio::spawn(async move {
                let mut work = write(&*store).await;
                let node = node("one", &number.to_string());
                let taken = work.nodes().take(&node, LONG).await;
                let held = matches!(taken, Ok(Lease::Held { .. }));
                held && work.commit().await.is_ok()
            })
        })
        .collect();
    let mut held = 0;
    for taker in takers {
        held += usize::from(taker.await.unwrap());
    }
    assert_eq!(held, 1);
    let refused = take(&*store, &node("one", "late"), LONG).await;
    assert!(matches!(refused, Lease::Taken { .. }), "{refused:?}");
}
