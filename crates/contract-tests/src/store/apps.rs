//! Apps, their owners and their keys.

use domain::{ApiKeyId, App, AppName, EntityState, SecretHash, User, UserId};
use ports::store::{ApiKey, Store, StoreError};

use super::Harness;
use super::fixture::{at, insert_user, read, tenant, write};

fn api_key(id: &str, app: &App, micros: i64) -> ApiKey {
    ApiKey {
        id: ApiKeyId::new(id),
        app: app.id,
        secret_hash: SecretHash(std::array::from_fn(|i| u8::try_from(i * 8 % 256).unwrap())),
        created_at: at(micros),
    }
}

async fn insert_app(store: &dyn Store, owner: UserId, name: &str, state: EntityState, micros: i64) -> App {
    let mut work = write(store).await;
    let app = App {
        id: work.apps().next_id().await.unwrap(),
        state,
        name: AppName::new(name).unwrap(),
        owner,
        created_at: at(micros),
    };
    work.apps().insert(&app).await.unwrap();
    work.commit().await.unwrap();
    app
}

async fn insert_key(store: &dyn Store, key: &ApiKey) {
    let mut work = write(store).await;
    work.apps().insert_key(key).await.unwrap();
    work.commit().await.unwrap();
}

/// Every field of a user comes back.
pub async fn user_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let mut work = write(&*store).await;
    let user = User {
        id: work.apps().next_user_id().await.unwrap(),
        state: EntityState::Deleted,
        username: "Jürgen '; --".to_owned(),
        email: "j@example.com".to_owned(),
    };
    work.apps().insert_user(&user).await.unwrap();
    work.commit().await.unwrap();
    let mut work = read(&*store).await;
    let found = work.apps().user_by_username("Jürgen '; --").await.unwrap();
    assert_eq!(found, Some(user));
    assert_eq!(work.apps().user_by_username("jürgen '; --").await.unwrap(), None);
}

/// Two users can't have one name.
pub async fn username_is_unique(harness: impl Harness) {
    let store = harness.store();
    let mut work = write(&*store).await;
    let mut user = insert_user(work.as_mut(), "owner").await;
    user.id = work.apps().next_user_id().await.unwrap();
    let refused = work.apps().insert_user(&user).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
}

/// Every field of an app comes back, deleted or not.
pub async fn app_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let owner = tenant(&*store, "tenant").await.owner.id;
    for state in [EntityState::Active, EntityState::Deleted] {
        let app = insert_app(&*store, owner, "Ελλάς", state, -7).await;
        assert_eq!(read(&*store).await.apps().get(app.id).await.unwrap(), Some(app));
    }
}

/// Of an owner's apps of one name the oldest is found, and none of another owner's.
pub async fn app_is_found_by_its_owner_and_name(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await;
    let other = tenant(&*store, "other").await;
    insert_app(&*store, one.owner.id, "twin", EntityState::Deleted, 0).await;
    insert_app(&*store, one.owner.id, "twin", EntityState::Active, 3).await;
    let oldest = insert_app(&*store, one.owner.id, "twin", EntityState::Active, 2).await;
    let mut work = read(&*store).await;
    assert_eq!(
        work.apps().by_name(one.owner.id, "twin").await.unwrap(),
        Some(oldest)
    );
    assert_eq!(work.apps().by_name(other.owner.id, "twin").await.unwrap(), None);
    assert_eq!(
        work.apps().by_name(other.owner.id, "other").await.unwrap(),
        Some(other.app)
    );
}

/// The list has no deleted app, and begins with the oldest.
pub async fn apps_are_listed_oldest_first_without_deleted_ones(harness: impl Harness) {
    let store = harness.store();
    let first = tenant(&*store, "first").await;
    let third = insert_app(&*store, first.owner.id, "third", EntityState::Active, 9).await;
    insert_app(&*store, first.owner.id, "gone", EntityState::Deleted, 4).await;
    let second = insert_app(&*store, first.owner.id, "second", EntityState::Active, 5).await;
    let list = read(&*store).await.apps().list().await.unwrap();
    assert_eq!(list, [first.app, second, third]);
}

/// Every field of a key comes back, and a key that was not issued is none.
pub async fn app_key_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let tenant = tenant(&*store, "tenant").await;
    let key = api_key("vrk_1", &tenant.app, 3);
    insert_key(&*store, &key).await;
    let mut work = read(&*store).await;
    assert_eq!(work.apps().key(&key.id).await.unwrap(), Some(key));
    assert_eq!(work.apps().key(&ApiKeyId::new("VRK_1")).await.unwrap(), None);
}

/// A revoked key opens nothing, is revoked once, and the app's other keys stay.
pub async fn revoked_key_is_gone_and_the_others_stay(harness: impl Harness) {
    let store = harness.store();
    let tenant = tenant(&*store, "tenant").await;
    let (old, new) = (api_key("vrk_z", &tenant.app, 1), api_key("vrk_a", &tenant.app, 2));
    insert_key(&*store, &new).await;
    insert_key(&*store, &old).await;
    let listed = read(&*store).await.apps().keys(tenant.app.id).await.unwrap();
    assert_eq!(listed, [old.clone(), new.clone()], "oldest first");

    let mut work = write(&*store).await;
    assert!(work.apps().revoke_key(&old.id, at(5)).await.unwrap());
    assert!(!work.apps().revoke_key(&old.id, at(6)).await.unwrap());
    assert!(
        !work
            .apps()
            .revoke_key(&ApiKeyId::new("vrk_none"), at(6))
            .await
            .unwrap()
    );
    work.commit().await.unwrap();
    let mut work = read(&*store).await;
    assert_eq!(work.apps().key(&old.id).await.unwrap(), None);
    let left = [new];
    assert_eq!(work.apps().keys(tenant.app.id).await.unwrap(), left);
    assert_eq!(work.apps().valid_keys().await.unwrap(), left);
}

/// The id of a key is never issued again, not even once it is revoked.
pub async fn id_of_a_revoked_key_stays_taken(harness: impl Harness) {
    let store = harness.store();
    let tenant = tenant(&*store, "tenant").await;
    let key = api_key("vrk_1", &tenant.app, 1);
    insert_key(&*store, &key).await;
    let mut work = write(&*store).await;
    work.apps().revoke_key(&key.id, at(5)).await.unwrap();
    work.commit().await.unwrap();
    let refused = write(&*store).await.apps().insert_key(&key).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
}

/// The keys of a deleted app open nothing.
pub async fn key_of_a_deleted_app_is_none(harness: impl Harness) {
    let store = harness.store();
    let owner = tenant(&*store, "tenant").await.owner.id;
    let gone = insert_app(&*store, owner, "gone", EntityState::Deleted, 0).await;
    let key = api_key("vrk_1", &gone, 1);
    insert_key(&*store, &key).await;
    assert_eq!(read(&*store).await.apps().key(&key.id).await.unwrap(), None);
    assert_eq!(read(&*store).await.apps().valid_keys().await.unwrap(), []);
}
