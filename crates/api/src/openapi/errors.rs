//! How the codes of refusals are told: by status, each with its meaning and an example.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use application::ErrorCode;
use serde_json::json;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Schema};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::components::{self, CHALLENGE, RETRY_AFTER};
use crate::error::{Envelope, status};
use crate::json::words::one_of;

/// Codes that only the commands of the program meet.
const NEVER_BY_HTTP: &[ErrorCode] = &[
    ErrorCode::AppNotFound,
    ErrorCode::ApiKeyNotFound,
    ErrorCode::InvalidApp,
];

/// Every code that an answer may have.
pub(crate) struct ErrorCodes;

impl PartialSchema for ErrorCodes {
    fn schema() -> RefOr<Schema> {
        let codes = ErrorCode::ALL.iter().filter(|code| !NEVER_BY_HTTP.contains(code));
        one_of(codes.map(|code| code.name()))
            .description(Some("What went wrong, for programs."))
            .into()
    }
}

impl ToSchema for ErrorCodes {
    fn name() -> std::borrow::Cow<'static, str> {
        "ErrorCode".into()
    }
}

/// One answer for each status that these codes are answered with.
pub(super) fn responses(codes: &[ErrorCode]) -> Vec<(String, ResponseBuilder)> {
    let mut by_status = BTreeMap::<u16, Vec<ErrorCode>>::new();
    for code in codes {
        let told = by_status.entry(status(*code).as_u16()).or_default();
        if !told.contains(code) {
            told.push(*code);
        }
    }
    let tell = |(status, codes): (u16, Vec<_>)| (status.to_string(), response(status, &codes));
    by_status.into_iter().map(tell).collect()
}

/// The answer of one status.
pub(super) fn response(status: u16, codes: &[ErrorCode]) -> ResponseBuilder {
    let mut description = String::new();
    for code in codes {
        // A string takes everything.
        let _ = writeln!(description, "- `{}`: {}", code.name(), code.meaning());
    }
    let examples = codes.iter().map(|code| {
        let value = json!({ "errorCode": code.name(), "errorMessage": code.meaning() });
        (code.name(), ExampleBuilder::new().value(Some(value)).build())
    });
    let narrowed = ObjectBuilder::new().property("errorCode", one_of(codes.iter().map(|code| code.name())));
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name(Envelope::name()))
        .item(narrowed);
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .examples_from_iter(examples)
        .build();
    let mut response = ResponseBuilder::new()
        .description(description.trim_end())
        .content("application/json", content);
    if status == 401 {
        response = response.header_ref("WWW-Authenticate", components::header(CHALLENGE));
    }
    if matches!(status, 429 | 503) {
        response = response.header_ref("Retry-After", components::header(RETRY_AFTER));
    }
    response
}
