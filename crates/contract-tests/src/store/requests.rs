//! Requests that are done once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{AppId, Timestamp};
use ports::store::{Claim, DoneRequest, Intent, Store, StoreError};
use tokio::sync::Barrier;

use super::Harness;
use super::fixture::{at, insert_user, read, tenant, write};

/// How long a key that was let go may stay refused.
const PATIENCE: Duration = Duration::from_secs(20);

fn done(app: AppId, key: &str, resource: i64, done_at: Timestamp) -> DoneRequest {
    DoneRequest {
        app,
        key: key.to_owned(),
        fingerprint: [7; 32],
        resource,
        done_at,
    }
}

async fn insert(store: &dyn Store, request: &DoneRequest) {
    let mut work = write(store).await;
    work.requests().insert(request).await.unwrap();
    work.commit().await.unwrap();
}

/// What becomes of claiming a key that nobody has. A claim that was dropped is let go soon, not at once: until then the key is
/// refused.
async fn claim(store: &dyn Store, app: AppId, key: &str, since: Timestamp) -> Claim {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut work = write(store).await;
        match work.requests().claim(app, key, since).await.unwrap() {
            Claim::Refused if Instant::now() < deadline => {
                drop(work);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            claim => return claim,
        }
    }
}

/// A request that was done comes back as it was, for its own app and under its own key.
pub async fn done_request_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    assert_eq!(claim(&*store, app, "k", at(0)).await, Claim::Granted);
    let request = DoneRequest {
        fingerprint: std::array::from_fn(|i| u8::try_from(i * 8).unwrap()),
        ..done(app, "k", 5, at(3))
    };
    insert(&*store, &request).await;
    assert_eq!(claim(&*store, app, "k", at(3)).await, Claim::Done(request));
    for (app, key) in [(app, "K"), (app, "k "), (other, "k")] {
        assert_eq!(claim(&*store, app, key, at(0)).await, Claim::Granted, "{key:?}");
    }
}

/// An app has one request for each key.
pub async fn key_is_unique_in_its_app(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    insert(&*store, &done(app, "k", 1, at(1))).await;
    insert(&*store, &done(other, "k", 2, at(1))).await;
    let again = write(&*store)
        .await
        .requests()
        .insert(&done(app, "k", 3, at(2)))
        .await;
    assert!(
        matches!(again, Err(StoreError::AlreadyExists { .. })),
        "{again:?}"
    );
}

/// A request is there exactly when what it did is.
pub async fn request_is_there_exactly_when_its_change_is(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    for (key, committed) in [("dropped", false), ("committed", true)] {
        let mut work = write(&*store).await;
        assert_eq!(
            work.requests().claim(app, key, at(0)).await.unwrap(),
            Claim::Granted
        );
        insert_user(work.as_mut(), key).await;
        work.requests().insert(&done(app, key, 1, at(1))).await.unwrap();
        if committed {
            work.commit().await.unwrap();
        } else {
            drop(work);
        }
        let user = read(&*store).await.apps().user_by_username(key).await.unwrap();
        assert_eq!(user.is_some(), committed, "{key}");
        let found = claim(&*store, app, key, at(0)).await;
        assert_eq!(matches!(found, Claim::Done(_)), committed, "{key}");
    }
}

/// A request that was done too long ago is forgotten, and its key may be used anew.
pub async fn key_of_an_old_request_may_be_used_anew(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    insert(&*store, &done(app, "anew", 1, at(1))).await;
    let mut work = write(&*store).await;
    assert_eq!(
        work.requests().claim(app, "anew", at(2)).await.unwrap(),
        Claim::Granted
    );
    let anew = done(app, "anew", 2, at(9));
    work.requests().insert(&anew).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(claim(&*store, app, "anew", at(2)).await, Claim::Done(anew));
}

/// Old requests are forgotten, some at a time, oldest first.
pub async fn old_requests_are_forgotten_some_at_a_time(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    for micros in 1..=7 {
        insert(&*store, &done(app, &format!("k{micros}"), micros, at(micros))).await;
    }
    let forget = async |before, limit| {
        let mut work = write(&*store).await;
        let forgotten = work.requests().forget(at(before), limit).await.unwrap();
        work.commit().await.unwrap();
        forgotten
    };
    assert_eq!(forget(1, 2).await, 0);
    assert_eq!(forget(6, 2).await, 2);
    let found = claim(&*store, app, "k3", at(0)).await;
    assert!(matches!(found, Claim::Done(_)), "the oldest go first: {found:?}");
    assert_eq!(forget(6, 100).await, 3);
    assert_eq!(forget(6, 100).await, 0);
    for (key, there) in [("k1", false), ("k5", false), ("k6", true), ("k7", true)] {
        let found = claim(&*store, app, key, at(0)).await;
        assert_eq!(matches!(found, Claim::Done(_)), there, "{key}");
    }
}

/// However many were done at one moment, no more are forgotten at a time than was asked for.
pub async fn requests_of_one_moment_are_forgotten_some_at_a_time(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    for number in 1..=5 {
        insert(&*store, &done(app, &format!("k{number}"), number, at(3))).await;
    }
    insert(&*store, &done(other, "k1", 1, at(3))).await;
    insert(&*store, &done(other, "k9", 1, at(4))).await;
    for expected in [2, 2, 2, 0] {
        let mut work = write(&*store).await;
        let forgotten = work.requests().forget(at(4), 2).await.unwrap();
        assert_eq!(forgotten, expected);
        work.commit().await.unwrap();
    }
    assert!(matches!(claim(&*store, other, "k9", at(0)).await, Claim::Done(_)));
}

/// Of many who claim a key at the same moment one does its request; to each other one it is either being done or done.
pub async fn of_many_who_claim_a_key_one_does_the_request(harness: impl Harness) {
    const CLAIMANTS: usize = 8;
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let barrier = Arc::new(Barrier::new(CLAIMANTS));
    let tasks: Vec<_> = (0..8)
        .map(|resource| {
            let (store, barrier) = (Arc::clone(&store), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                let mut work = store.begin(Intent::Write).await.unwrap();
                match work.requests().claim(app, "k", at(0)).await.unwrap() {
                    Claim::Granted => {
                        let request = done(app, "k", resource, at(1));
                        work.requests().insert(&request).await.unwrap();
                        work.commit().await.unwrap();
                        Some(request)
                    }
                    Claim::Refused | Claim::Done(_) => {
                        work.commit().await.unwrap();
                        None
                    }
                }
            })
        })
        .collect();
    let mut did = Vec::new();
    for task in tasks {
        did.extend(task.await.unwrap());
    }
    let [did] = &did[..] else {
        panic!("more or less than one did it: {did:?}")
    };
    assert_eq!(claim(&*store, app, "k", at(0)).await, Claim::Done(did.clone()));
}
