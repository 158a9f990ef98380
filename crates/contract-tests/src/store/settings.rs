//! Settings that the platform makes for itself.

use ports::store::StoreError;

use super::Harness;
use super::fixture::{read, write};

/// A setting is nothing before it is set, and then stays as it was set first.
pub async fn setting_is_set_once(harness: impl Harness) {
    let store = harness.store();
    assert_eq!(read(&*store).await.settings().get("a").await.unwrap(), None);
    let mut work = write(&*store).await;
    work.settings().insert("a", "ä — 1").await.unwrap();
    work.settings().insert("b", "").await.unwrap();
    work.commit().await.unwrap();
    let refused = write(&*store).await.settings().insert("a", "2").await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
    let mut work = read(&*store).await;
    assert_eq!(work.settings().get("a").await.unwrap().as_deref(), Some("ä — 1"));
    assert_eq!(work.settings().get("b").await.unwrap().as_deref(), Some(""));
    assert_eq!(work.settings().get("A").await.unwrap(), None);
}
