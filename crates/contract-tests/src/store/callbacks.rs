//! Callbacks of apps, and who tells them.

use domain::AppId;
use ports::store::{Callback, CallbackAccess, CallbackLease, Store, WebhookSecret};

use super::Harness;
use super::fixture::{at, read, tenant, write};

fn callback(app: AppId, url: &str, micros: i64) -> Callback {
    Callback {
        app,
        url: url.to_owned(),
        access: Some(CallbackAccess {
            id: "me".to_owned(),
            password: "p:ä".to_owned(),
        }),
        secret: WebhookSecret::new(format!("whsec_{url}")),
        cursor: micros,
        created_at: at(micros),
        last_modified_at: at(micros),
    }
}

async fn put(store: &dyn Store, callback: &Callback) {
    let mut work = write(store).await;
    work.callbacks().put(callback).await.unwrap();
    work.commit().await.unwrap();
}

async fn get(store: &dyn Store, app: AppId) -> Option<Callback> {
    read(store).await.callbacks().get(app).await.unwrap()
}

async fn lease(store: &dyn Store, app: AppId) -> CallbackLease {
    let leases = read(store).await.callbacks().leases().await.unwrap();
    leases.into_iter().find(|lease| lease.app == app).unwrap()
}

async fn take(store: &dyn Store, seen: &CallbackLease, holder: &str) -> bool {
    let mut work = write(store).await;
    let taken = work.callbacks().take(seen, holder).await.unwrap();
    work.commit().await.unwrap();
    taken
}

/// A callback comes back as it was; without credentials too.
pub async fn callback_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    assert_eq!(get(&*store, one).await, None);
    let set = callback(one, "https://a", 3);
    put(&*store, &set).await;
    assert_eq!(get(&*store, one).await, Some(set));
    let bare = Callback {
        access: None,
        ..callback(other, "https://b", 4)
    };
    put(&*store, &bare).await;
    assert_eq!(get(&*store, other).await, Some(bare));
}

/// Setting a callback anew changes where it leads, and keeps how far it has come and who holds it.
pub async fn setting_anew_keeps_the_place(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    put(&*store, &callback(app, "https://a", 3)).await;
    assert!(take(&*store, &lease(&*store, app).await, "node#1").await);
    let held = lease(&*store, app).await;
    let anew = callback(app, "https://b", 9);
    put(&*store, &anew).await;
    let expected = Callback {
        cursor: 3,
        created_at: at(3),
        ..anew
    };
    assert_eq!(get(&*store, app).await, Some(expected));
    assert_eq!(lease(&*store, app).await, held);
}

/// A removed callback is gone, with its lease.
pub async fn removed_callback_is_gone(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    put(&*store, &callback(app, "https://a", 3)).await;
    for expected in [true, false] {
        let mut work = write(&*store).await;
        assert_eq!(work.callbacks().remove(app).await.unwrap(), expected);
        work.commit().await.unwrap();
    }
    assert_eq!(get(&*store, app).await, None);
    assert_eq!(read(&*store).await.callbacks().leases().await.unwrap(), []);
}

/// The cursor moves from where it is only.
pub async fn cursor_is_compared_and_set(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    put(&*store, &callback(app, "https://a", 3)).await;
    for (from, to, moves) in [(2, 5, false), (3, 5, true), (3, 6, false)] {
        let mut work = write(&*store).await;
        let moved = work.callbacks().advance(app, from, to).await.unwrap();
        assert_eq!(moved, moves, "from {from}");
        work.commit().await.unwrap();
    }
    assert_eq!(get(&*store, app).await.unwrap().cursor, 5);
}

/// A lease is taken by whoever has seen it as it is, beaten on by its holder, and let go of.
pub async fn lease_is_compared_and_set(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    put(&*store, &callback(app, "https://a", 3)).await;
    put(&*store, &callback(other, "https://a", 3)).await;
    let free = lease(&*store, app).await;
    assert_eq!(free.holder, None);
    assert!(take(&*store, &free, "a#1").await);
    assert!(!take(&*store, &free, "b#2").await, "it is not free any more");
    let held = lease(&*store, app).await;
    assert_eq!(held.holder.as_deref(), Some("a#1"));

    let mut work = write(&*store).await;
    work.callbacks().beat("a#1").await.unwrap();
    work.callbacks().beat("b#2").await.unwrap();
    work.commit().await.unwrap();
    assert!(!take(&*store, &held, "b#2").await, "its holder lives");
    let beaten = lease(&*store, app).await;
    assert_ne!(beaten.beat, held.beat);
    assert_eq!(lease(&*store, other).await.beat, 0, "nobody holds this one");
    assert!(take(&*store, &beaten, "b#2").await);

    let mut work = write(&*store).await;
    work.callbacks().release("a#1").await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(lease(&*store, app).await.holder.as_deref(), Some("b#2"));
    let mut work = write(&*store).await;
    work.callbacks().release("b#2").await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(lease(&*store, app).await.holder, None);
}
