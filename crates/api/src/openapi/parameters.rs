//! Parameters of paths and queries. Every one of a query may be blank, which counts as absent.

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr, Required};

use crate::json::Named;
use crate::json::words::{APP_USER_ID, blank, one_of};

/// An id in the path.
pub(super) fn id(name: &str, description: &str) -> Parameter {
    in_path(name, description, integer(1, i64::MAX, KnownFormat::Int64))
}

/// The app's own id for a member, in the path.
pub(super) fn app_user_id() -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(APP_USER_ID))
        .max_length(Some(128));
    in_path("appUserId", "The app's own id for the member.", text)
}

/// Text in the path.
pub(super) fn in_path(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    parameter(name, ParameterIn::Path, description, schema)
}

/// A text in the query.
pub(super) fn text(name: &str, description: &str) -> Parameter {
    in_query(name, description, ObjectBuilder::new().schema_type(Type::String))
}

/// An id in the query.
pub(super) fn number(name: &str, description: &str) -> Parameter {
    bounded(name, description, i64::MIN, i64::MAX)
}

/// A word of an enumeration that has a schema of its own, in the query.
pub(super) fn word<T: ToSchema>(name: &str, description: &str) -> Parameter {
    let word = Ref::from_schema_name(T::name());
    in_query(name, description, or_blank(word, None))
}

/// An order of a list, the newest first by default.
pub(super) fn sort_by<T: Named>() -> Parameter {
    let names = T::names();
    let schema = or_blank(one_of(names.split(", ")), Some("CREATED_AT_DESC".into()));
    in_query("sortBy", "Field and order.", schema)
}

/// Which page of a list.
pub(super) fn paging() -> [Parameter; 2] {
    let bounded = |minimum: i64, maximum: i64, default: i64| {
        let number = integer(minimum, maximum, KnownFormat::Int32);
        or_blank(number, Some(default.into()))
    };
    [
        in_query("page", "Which page, from 0.", bounded(0, 2_147_483_647, 0)),
        in_query("pageSize", "How many rows a page has.", bounded(1, 1000, 10)),
    ]
}

/// What makes a `POST` one that is done once.
pub(super) fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[!-~]+$"))
        .min_length(Some(1))
        .max_length(Some(255));
    parameter(
        "Idempotency-Key",
        ParameterIn::Header,
        "Sent again within 24 hours, the same request is not done again: the answer has the first status, and what was \
         made or changed as it is now.",
        text,
    )
}

/// A whole number of the query within bounds.
pub(super) fn bounded(name: &str, description: &str, minimum: i64, maximum: i64) -> Parameter {
    let number = integer(minimum, maximum, KnownFormat::Int64);
    in_query(name, description, or_blank(number, None))
}

fn integer(minimum: i64, maximum: i64, format: KnownFormat) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .minimum(Some(minimum))
        .maximum(Some(maximum))
}

fn or_blank(schema: impl Into<RefOr<Schema>>, default: Option<Value>) -> AnyOfBuilder {
    AnyOfBuilder::new().item(schema).item(blank()).default(default)
}

/// One of the query, whose schema lets it be blank.
fn in_query(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    let description = format!("{description} Blank counts as absent.");
    parameter(name, ParameterIn::Query, &description, schema)
}

/// Any parameter; one in the path is always required, others are not.
pub(super) fn parameter(
    name: &str,
    place: ParameterIn,
    description: &str,
    schema: impl Into<RefOr<Schema>>,
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        // Of one in the path this makes a required one.
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}
