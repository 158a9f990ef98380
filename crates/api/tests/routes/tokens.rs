//! Logging in, and tokens for players.

use crate::http::Answer;
use crate::world::{MEMBERS, World};

const REFRESH: &str = "/v2/members/tokens/refresh";

fn token(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap().to_owned()
}

async fn refresh(world: &World, token: &str) -> Answer {
    let body = format!(r#"{{"refreshToken":"{token}"}}"#);
    world.bare("POST", REFRESH).json(body).send().await
}

fn assert_three_tokens(answer: &Answer) {
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    let json = answer.json();
    let fields: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["accessToken", "refreshToken", "streamingToken"]);
    for token in json.as_object().unwrap().values() {
        assert_eq!(token.as_str().unwrap().split('.').count(), 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_in_registers_or_updates_the_member_and_answers_three_tokens() {
    let world = World::new().await;
    let login = format!("{MEMBERS}/login");
    let answer = world
        .post(&login)
        .json(r#"{"appUserId":7,"appUserName":"a"}"#)
        .send()
        .await;
    assert_three_tokens(&answer);
    let again = world
        .post(&login)
        .json(r#"{"appUserId":"7","email":"a@b"}"#)
        .send()
        .await;
    assert_three_tokens(&again);
    let member = world.get(&format!("{MEMBERS}/7")).send().await.json();
    assert_eq!(
        (&member["id"], &member["appUserName"], &member["email"]),
        (&1.into(), &"a".into(), &"a@b".into())
    );
    let key = world.get(&format!("{MEMBERS}/7/stream-key")).send().await;
    assert_eq!(key.status, 200);
    let empty = world.post(&login).send().await;
    assert_eq!(
        (empty.status, empty.error_code().as_str()),
        (400, "EMPTY_APP_USER_ID")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_gets_tokens_and_no_row() {
    let world = World::new().await;
    let answer = world.post(&format!("{MEMBERS}/login-as-guest")).send().await;
    assert_three_tokens(&answer);
    assert_eq!(world.get(MEMBERS).send().await.json()["totalElements"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_may_be_called_login() {
    let world = World::new().await;
    let made = world.post(MEMBERS).json(r#"{"appUserId":"login"}"#).send().await;
    assert_eq!(made.status, 201);
    let read = world.get(&format!("{MEMBERS}/login")).send().await;
    assert_eq!((read.status, read.text()), (200, made.text()));
    assert_eq!(world.delete(&format!("{MEMBERS}/login")).send().await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_makes_three_more_without_the_apps_credentials() {
    let world = World::new().await;
    let login = world
        .post(&format!("{MEMBERS}/login"))
        .json(r#"{"appUserId":"7"}"#);
    let login = login.send().await;
    let answer = refresh(&world, &token(&login, "refreshToken")).await;
    assert_three_tokens(&answer);
    assert_three_tokens(&refresh(&world, &token(&answer, "refreshToken")).await);
    for wrong in [
        token(&login, "accessToken"),
        token(&login, "streamingToken"),
        "x".to_owned(),
    ] {
        let refused = refresh(&world, &wrong).await;
        assert_eq!(
            (refused.status, refused.error_code().as_str()),
            (401, "INVALID_REFRESH_TOKEN")
        );
        assert!(refused.header("www-authenticate").starts_with("Bearer "));
    }
    let empty = world.bare("POST", REFRESH).send().await;
    assert_eq!(empty.error_code(), "INVALID_REFRESH_TOKEN");
    world.delete(&format!("{MEMBERS}/7")).send().await;
    let gone = refresh(&world, &token(&login, "refreshToken")).await;
    assert_eq!(gone.error_code(), "INVALID_REFRESH_TOKEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_makes_tokens_for_its_players() {
    let world = World::new().await;
    let answer = world.post("/v2/apps/me/streaming-tokens").send().await;
    assert_eq!(answer.status, 201);
    let json = answer.json();
    let fields: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["streamingToken"]);
    assert_eq!(
        refresh(&world, &token(&answer, "streamingToken"))
            .await
            .error_code(),
        "INVALID_REFRESH_TOKEN"
    );
}
