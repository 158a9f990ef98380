//! Tokens: who gets them, how long they last, and what they are signed with.

use std::sync::Arc;

use adapters::{Jwt, memory};
use application::{ErrorCode, LoginTokens, RegisterMember};
use domain::Timestamp;
use ports::store::{Intent, Store};
use ports::{Claims, Subject, TokenKind, TokenSecret, Tokens};

use crate::world::{MEMBER, World, code};

async fn log_in(world: &World) -> LoginTokens {
    let wanted = RegisterMember {
        app_user_id: Some(MEMBER.into()),
        ..Default::default()
    };
    world.platform.log_member_in(world.app, wanted).await.unwrap()
}

async fn secret(store: &dyn Store) -> TokenSecret {
    let mut work = store.begin(Intent::Read).await.unwrap();
    let stored = work.settings().get("auth.token_secret").await.unwrap();
    TokenSecret::new(stored.expect("a secret is stored"))
}

fn hours(claims: &Claims) -> i64 {
    (claims.expires_at.micros() - claims.issued_at.micros()) / 3_600_000_000
}

#[tokio::test]
async fn each_token_is_of_one_kind_one_app_and_one_member() {
    let store = Arc::new(memory::Store::default());
    let world = World::on(store.clone()).await;
    let member = world
        .platform
        .get_member(world.app, MEMBER)
        .await
        .unwrap()
        .member
        .id;
    let tokens = log_in(&world).await;
    let guest = world.platform.log_guest_in(world.app).await.unwrap();
    let secret = secret(&*store).await;
    for (token, kind, subject, lifetime) in [
        (&tokens.access, TokenKind::Access, Subject::Member(member), 24),
        (
            &tokens.refresh,
            TokenKind::Refresh,
            Subject::Member(member),
            24 * 30,
        ),
        (
            &tokens.streaming,
            TokenKind::Streaming,
            Subject::Member(member),
            24,
        ),
        (&guest.streaming, TokenKind::Streaming, Subject::Guest, 24),
    ] {
        let claims = Jwt.verify(&secret, token).unwrap();
        assert_eq!(
            (claims.kind, claims.subject, claims.app),
            (kind, subject, world.app)
        );
        assert_eq!(hours(&claims), lifetime);
    }
}

#[tokio::test]
async fn a_refresh_token_makes_three_more_and_nothing_else_does() {
    let world = World::new().await;
    let tokens = log_in(&world).await;
    let guest = world.platform.log_guest_in(world.app).await.unwrap();
    let refresh = async |token: &str| world.platform.refresh_tokens(token).await;
    let again = refresh(&tokens.refresh).await.unwrap();
    refresh(&again.refresh).await.unwrap();
    refresh(&guest.refresh).await.unwrap();
    let streaming = world.platform.issue_streaming_token(world.app).await.unwrap();
    for token in ["", "x", &tokens.access, &tokens.streaming, &streaming] {
        assert_eq!(
            code(refresh(token).await),
            ErrorCode::InvalidRefreshToken,
            "{token}"
        );
    }
    world.platform.delete_members(world.app, &[MEMBER]).await.unwrap();
    assert_eq!(
        code(refresh(&tokens.refresh).await),
        ErrorCode::InvalidRefreshToken
    );
    world.register(MEMBER).await;
    assert_eq!(
        code(refresh(&tokens.refresh).await),
        ErrorCode::InvalidRefreshToken,
        "it is another member"
    );
}

#[tokio::test]
async fn a_refresh_token_that_has_expired_makes_none() {
    let store = Arc::new(memory::Store::default());
    let world = World::on(store.clone()).await;
    world.platform.log_guest_in(world.app).await.unwrap();
    let claims = Claims {
        kind: TokenKind::Refresh,
        app: world.app,
        subject: Subject::Guest,
        issued_at: Timestamp::from_micros(0),
        expires_at: Timestamp::from_micros(1_700_000_000_000_000),
    };
    let token = Jwt.sign(&secret(&*store).await, &claims);
    assert_eq!(
        code(world.platform.refresh_tokens(&token).await),
        ErrorCode::InvalidRefreshToken
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_on_one_store_make_one_secret() {
    let store = Arc::new(memory::Store::default());
    let (one, other) = (World::on(store.clone()).await, World::on(store.clone()).await);
    let (first, second) = tokio::join!(
        one.platform.log_guest_in(one.app),
        other.platform.log_guest_in(other.app)
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    for (world, tokens) in [(&one, &second), (&other, &first)] {
        let anew = world.platform.refresh_tokens(&tokens.refresh).await;
        assert!(anew.is_ok(), "a token of the other process is not taken");
    }
}
