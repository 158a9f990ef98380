//! The API's description: it is complete, true to itself, and the one that is kept in `docs`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use actix_web::dev::Service as _;
use actix_web::http::Method;
use actix_web::{App, test as actix};
use application::ErrorCode;
use serde_json::Value;

use crate::described::{DOCUMENT, PLACE, problems};
use crate::world::World;

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Every path and method of the description, as in `GET /healthz`.
fn described() -> BTreeSet<String> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, calls)| {
            let methods = calls.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_ascii_uppercase()))
        })
        .collect()
}

/// Every operation of the description, with a name for messages.
fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, calls)| {
        let calls = calls.as_object().unwrap().iter();
        calls.map(move |(method, call)| (format!("{method} {path}"), call))
    })
}

/// The patterns that routes may have, such as `/live/{playbackId}/{resource:.*}`, by what actix-web tells of its resources:
/// each by itself and behind each prefix. Most of those behind a prefix are of no route.
fn patterns(map: &str) -> BTreeSet<String> {
    let told: Vec<(&str, &str)> = map
        .split("Single(\"")
        .skip(1)
        .map(|rest| rest.split_once("\")").unwrap())
        .collect();
    let prefixes = told
        .iter()
        .filter(|(_, rest)| rest.starts_with(", is_prefix: true"))
        .map(|(pattern, _)| *pattern);
    let prefixes: BTreeSet<&str> = prefixes.chain([""]).collect();
    let patterns = told
        .iter()
        .flat_map(|(pattern, _)| prefixes.iter().map(move |prefix| format!("{prefix}{pattern}")));
    patterns.filter(|pattern| pattern.starts_with('/')).collect()
}

/// A pattern without the expressions behind its names.
fn template(pattern: &str) -> String {
    let parts = pattern.split('/').map(|part| match part.split_once(':') {
        Some((name, _)) => format!("{name}}}"),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_described_and_every_description_has_its_route() {
    let world = World::new().await;
    let seen = Rc::new(RefCell::new((String::new(), None)));
    let note = seen.clone();
    let app = App::new()
        .wrap_fn(move |request, service| {
            note.borrow_mut().0 = format!("{:?}", request.resource_map());
            let note = note.clone();
            let answer = service.call(request);
            async move {
                let answer = answer.await?;
                note.borrow_mut().1 = answer.request().match_pattern();
                Ok(answer)
            }
        })
        .configure(api::configure(world.state.clone()));
    let app = actix::init_service(app).await;
    let ask = |method: &str, path: &str| {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        actix::call_service(
            &app,
            actix::TestRequest::with_uri(path).method(method).to_request(),
        )
    };
    ask("GET", "/healthz").await;
    let patterns = patterns(&seen.borrow().0);
    assert!(
        patterns.len() > 20,
        "the routes can't be read from {}",
        seen.borrow().0
    );

    let mut routes = BTreeSet::new();
    for pattern in &patterns {
        let path = template(pattern).replace(['{', '}'], "");
        for method in METHODS {
            let status = ask(method, &path).await.status();
            // Another pattern may answer where this one does not.
            let answered = seen.borrow().1.as_deref() == Some(pattern.as_str());
            if answered && status != 405 {
                routes.insert(format!("{method} {}", template(pattern)));
            }
        }
    }
    let described = described();
    let missing: Vec<_> = routes.difference(&described).collect();
    assert!(
        missing.is_empty(),
        "these routes are not described: {missing:?}; {PLACE}"
    );
    let made_up: Vec<_> = described.difference(&routes).collect();
    assert!(
        made_up.is_empty(),
        "these are described, but there is no such route: {made_up:?}"
    );
}

/// The methods that the description has for a path, by whichever of its templates.
fn methods_of(path: &str) -> BTreeSet<String> {
    let fits = |template: &str| {
        let (wanted, there) = (template.split('/'), path.split('/'));
        wanted.clone().count() == there.clone().count()
            && wanted
                .zip(there)
                .all(|(wanted, there)| wanted.starts_with('{') || wanted == there)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths
        .filter(|(template, _)| fits(template))
        .flat_map(|(_, calls)| calls.as_object().unwrap().keys())
        .map(|method| method.to_ascii_uppercase())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allow_tells_what_is_described_for_a_path_and_head_beside_get() {
    let world = World::new().await;
    for template in DOCUMENT["paths"].as_object().unwrap().keys() {
        let path = template.replace(['{', '}'], "");
        let mut described = methods_of(&path);
        if described.contains("GET") {
            described.insert("HEAD".to_owned());
        }
        let refused = world.bare("TRACE", &path).send().await;
        assert_eq!(refused.status, 405, "{path}");
        let allowed: BTreeSet<_> = refused.header("allow").split(", ").map(str::to_owned).collect();
        assert_eq!(allowed, described, "{path}");
    }
}

#[test]
fn every_code_of_an_error_is_where_it_can_occur() {
    let told: BTreeSet<_> = operations()
        .flat_map(|(_, call)| call["responses"].as_object().unwrap().values())
        .filter_map(|response| response["content"]["application/json"]["examples"].as_object())
        .flat_map(|examples| examples.keys().map(String::as_str))
        .collect();
    for code in ErrorCode::ALL {
        let never = matches!(
            code,
            // Of the program's commands; and of paths that are not there as such.
            ErrorCode::AppNotFound
                | ErrorCode::ApiKeyNotFound
                | ErrorCode::InvalidApp
                | ErrorCode::UnsupportedHttpMethod
        );
        assert_eq!(
            told.contains(code.name()),
            !never,
            "{}: add it to `.refuses(..)`; {PLACE}",
            code.name()
        );
    }
}

#[test]
fn every_call_has_a_name_of_its_own_and_words_for_people() {
    let mut names = BTreeSet::new();
    for (what, call) in operations() {
        assert!(names.insert(call["operationId"].as_str().unwrap()), "{what}");
        assert!(!call["summary"].as_str().unwrap().is_empty(), "{what}");
        let tag = &call["tags"][0];
        let mut tags = DOCUMENT["tags"].as_array().unwrap().iter();
        assert!(tags.any(|known| known["name"] == *tag), "{what}: {tag} is no tag");
    }
}

#[test]
fn every_example_is_as_its_schema_says() {
    let mut count = 0;
    for (what, call) in operations() {
        let bodies = call["requestBody"]["content"].as_object();
        let answers = call["responses"].as_object().unwrap();
        let contents = bodies
            .into_iter()
            .chain(
                answers
                    .values()
                    .filter_map(|answer| answer["content"].as_object()),
            )
            .flat_map(|content| content.values());
        for (at, content) in contents.enumerate() {
            let named = content["examples"].as_object().into_iter().flatten();
            let examples = content
                .get("example")
                .into_iter()
                .chain(named.map(|(_, example)| &example["value"]));
            for example in examples {
                let told = problems(&format!("{what} {at}"), &content["schema"], example);
                assert!(told.is_empty(), "{what}: {told}: {example}");
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn the_description_in_docs_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == api::openapi(),
        "docs/openapi.json is an older one; run `cargo run -- openapi > docs/openapi.json`"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_is_served_and_kept_by_its_tag() {
    let world = World::new().await;
    let answer = world.bare("GET", "/openapi.json").send().await;
    assert_eq!(answer.text(), api::openapi());
    assert_eq!(answer.json()["openapi"], "3.1.0");
    let tag = answer.header("etag").to_owned();
    let again = world.bare("GET", "/openapi.json").header("if-none-match", &tag);
    assert_eq!(again.send().await.status, 304);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_the_description_loads_what_is_served_here() {
    let world = World::new().await;
    let page = world.bare("GET", "/docs").send().await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'self'")
    );
    let mut files = 0;
    for address in page
        .text()
        .split(['"'])
        .filter(|part| part.starts_with("/docs/assets/"))
    {
        assert_eq!(world.bare("GET", address).send().await.status, 200, "{address}");
        files += 1;
    }
    assert_eq!(files, 5);
    let other = world.bare("GET", "/docs/assets/other.js").send().await;
    assert_eq!(
        (other.status, other.error_code().as_str()),
        (404, "RESOURCE_NOT_FOUND")
    );
}
