//! Apps and their keys.

use application::{Bootstrap, CreateApp, ErrorCode};
use domain::ApiKeyId;
use ports::ApiSecret;

use crate::world::{World, code};

fn wanted(credentials: Option<(&str, &str)>) -> Bootstrap {
    Bootstrap {
        app_name: "Bootstrapped".into(),
        owner_username: "owner".into(),
        owner_email: "o@w".into(),
        credentials: credentials.map(|(key, secret)| (ApiKeyId::new(key), ApiSecret::new(secret))),
    }
}

#[tokio::test]
async fn a_store_that_has_an_app_gets_no_made_up_one() {
    let world = World::new().await;
    let found = world.platform.bootstrap(wanted(None)).await.unwrap();
    assert_eq!(found.app.id, world.app);
    assert!(found.fresh.is_none());
}

#[tokio::test]
async fn configured_credentials_open_the_same_app_after_every_start() {
    let world = World::new().await;
    let first = world.platform.bootstrap(wanted(Some(("k", "s")))).await.unwrap();
    let again = world.platform.bootstrap(wanted(Some(("k", "s")))).await.unwrap();
    assert_eq!(first.app.id, again.app.id);
    let (key, secret) = (ApiKeyId::new("k"), ApiSecret::new("s"));
    assert_eq!(
        world.platform.authenticate(&key, &secret).await.unwrap(),
        first.app.id
    );
    assert_eq!(
        code(world.platform.bootstrap(wanted(Some(("k", "other")))).await),
        ErrorCode::InvalidApp
    );
}

#[tokio::test]
async fn a_configured_key_that_was_revoked_is_named_as_such() {
    let world = World::new().await;
    world.platform.bootstrap(wanted(Some(("k", "s")))).await.unwrap();
    world.platform.revoke_key(&ApiKeyId::new("k")).await.unwrap();
    let error = world
        .platform
        .bootstrap(wanted(Some(("k", "s"))))
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidApp);
    assert!(error.to_string().contains("revoked"), "{error}");
}

#[tokio::test]
async fn a_key_is_rotated_without_an_outage() {
    let world = World::new().await;
    let (old, old_secret) = world.platform.issue_key(world.app).await.unwrap();
    let (new, new_secret) = world.platform.issue_key(world.app).await.unwrap();
    assert_eq!(
        world.platform.authenticate(&old, &old_secret).await.unwrap(),
        world.app
    );
    assert_eq!(
        world.platform.authenticate(&new, &new_secret).await.unwrap(),
        world.app
    );
    world.platform.revoke_key(&old).await.unwrap();
    assert_eq!(
        code(world.platform.authenticate(&old, &old_secret).await),
        ErrorCode::InvalidAppCredentials
    );
    assert_eq!(
        world.platform.authenticate(&new, &new_secret).await.unwrap(),
        world.app
    );
    assert_eq!(
        code(world.platform.revoke_key(&old).await),
        ErrorCode::ApiKeyNotFound
    );
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret_are_told_alike() {
    let world = World::new().await;
    let (key, _secret) = world.platform.issue_key(world.app).await.unwrap();
    let wrong = world
        .platform
        .authenticate(&key, &ApiSecret::new("wrong"))
        .await
        .unwrap_err();
    let unknown = world
        .platform
        .authenticate(&ApiKeyId::new("nobody"), &ApiSecret::new("x"))
        .await
        .unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::InvalidAppCredentials);
    assert_eq!(
        (wrong.code(), wrong.to_string()),
        (unknown.code(), unknown.to_string())
    );
}

#[tokio::test(start_paused = true)]
async fn what_another_process_did_to_a_key_is_seen_within_five_seconds() {
    let store = std::sync::Arc::new(adapters::memory::Store::default());
    let (here, elsewhere) = (World::on(store.clone()).await, World::on(store).await);
    let (key, secret) = here.platform.issue_key(here.app).await.unwrap();
    assert_eq!(here.platform.authenticate(&key, &secret).await.unwrap(), here.app);

    let (new, new_secret) = elsewhere.platform.issue_key(here.app).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(
        here.platform.authenticate(&new, &new_secret).await.unwrap(),
        here.app
    );

    elsewhere.platform.revoke_key(&key).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(
        code(here.platform.authenticate(&key, &secret).await),
        ErrorCode::InvalidAppCredentials
    );
}

#[tokio::test(start_paused = true)]
async fn credentials_stay_good_for_five_seconds_of_an_outage_and_no_longer() {
    let world = World::new().await;
    let (key, secret) = world.platform.issue_key(world.app).await.unwrap();
    assert_eq!(
        world.platform.authenticate(&key, &secret).await.unwrap(),
        world.app
    );
    world.outage.begins();
    tokio::time::sleep(std::time::Duration::from_millis(4_900)).await;
    assert_eq!(
        world.platform.authenticate(&key, &secret).await.unwrap(),
        world.app
    );
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(
        code(world.platform.authenticate(&key, &secret).await),
        ErrorCode::ServiceUnavailable
    );
}

#[tokio::test]
async fn an_app_needs_a_name_of_its_own_and_an_owner_who_can_be_told() {
    let world = World::new().await;
    let create = async |name: &str, username: &str, email: &str| {
        let wanted = CreateApp {
            name: name.into(),
            owner_username: username.into(),
            owner_email: email.into(),
        };
        world.platform.create_app(wanted).await
    };
    for (name, username, email) in [
        ("", "u", "e"),
        (" ", "u", "e"),
        ("n", "", "e"),
        ("n", " ", "e"),
        ("n", "u", ""),
    ] {
        assert_eq!(
            code(create(name, username, email).await),
            ErrorCode::InvalidApp,
            "{name:?} {username:?} {email:?}"
        );
    }
    let made = create("n", "u", "e").await.unwrap();
    let again = create("n", "u", "other").await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::InvalidApp);
    assert_eq!(
        again.to_string(),
        format!("u has an app \"n\" already: it is app {}", made.app.id)
    );
    create("n", "another", "e").await.unwrap();
    create("N", "u", "e").await.unwrap();
}
