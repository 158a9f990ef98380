//! Holds answers against the API's description: status, headers, type, and the body's schema.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::http::Answer;

/// Where a description is to be mended.
pub(crate) const PLACE: &str = "describe it in crates/api/src/openapi/calls (docs/architecture.md: \"Adding a call\"), then \
                                run `cargo run -- openapi > docs/openapi.json`";

/// The description itself.
pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(api::openapi()).expect("the description is JSON"));

/// Panics unless an answer to this request is described. `head` begins with the request line.
pub(crate) fn check(head: &str, answer: &Answer) {
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let Some((template, called)) = called(method, path) else {
        // Only paths and methods that are not there may go without a description.
        assert!(
            matches!(answer.status, 400 | 404 | 405),
            "{method} {path} is not described; {PLACE}: {answer:?}"
        );
        return;
    };
    let what = format!("{method} {template} {}", answer.status);
    let response = &called["responses"][answer.status.to_string()];
    assert!(
        response.is_object(),
        "{what} is not described; {PLACE}: {answer:?}"
    );
    for name in response["headers"]
        .as_object()
        .into_iter()
        .flat_map(|headers| headers.keys())
    {
        // A server that is about to stop can't say when another is there.
        let stopping = name == "Retry-After" && answer.text().contains("about to stop");
        assert!(
            stopping || !answer.header(&name.to_ascii_lowercase()).is_empty(),
            "{what} has no {name}: {answer:?}"
        );
    }
    if !answer.body.is_empty() {
        check_body(&what, response, answer);
    }
}

fn check_body(what: &str, response: &Value, answer: &Answer) {
    let kind = answer
        .header("content-type")
        .split(';')
        .next()
        .unwrap_or_default();
    let content = &response["content"][kind];
    assert!(content.is_object(), "{what} is not described as {kind}; {PLACE}");
    if kind == "application/json" {
        let told = problems(what, &content["schema"], &answer.json());
        assert!(
            told.is_empty(),
            "{what} is described otherwise; {PLACE}: {told}: {}",
            answer.text()
        );
    }
}

/// What a value has against a schema of the description; nothing if it is as described.
pub(crate) fn problems(what: &str, schema: &Value, value: &Value) -> String {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let validator = {
        let mut known = KNOWN.lock().unwrap();
        let build = || {
            let root = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "components": DOCUMENT["components"],
                "allOf": [schema],
                "unevaluatedProperties": schema == &json!({ "type": "object" }),
            });
            let options = jsonschema::options().should_validate_formats(true);
            Arc::new(
                options
                    .build(&root)
                    .unwrap_or_else(|error| panic!("{what}: {error}")),
            )
        };
        known.entry(what.to_owned()).or_insert_with(build).clone()
    };
    let told: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    told.join("; ")
}

/// The path of the description that this path is one of, and what it says of the method; `GET` speaks for `HEAD`.
fn called(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let method = if method == "HEAD" {
        "get".to_owned()
    } else {
        method.to_ascii_lowercase()
    };
    let paths = DOCUMENT["paths"].as_object()?;
    paths
        .iter()
        .filter(|(template, calls)| calls[&method].is_object() && matches(template, path))
        .max_by_key(|(template, _)| template.split('/').filter(|part| !part.starts_with('{')).count())
        .map(|(template, calls)| (template.as_str(), &calls[&method]))
}

fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut there) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), there.next()) {
            // The one parameter goes on to the end.
            (None, None) | (Some("{resource}"), Some(_)) => return true,
            (Some(part), Some(piece)) if part.starts_with('{') => {
                if piece.is_empty() {
                    return false;
                }
            }
            (Some(part), Some(piece)) if part == piece => {}
            _ => return false,
        }
    }
}
