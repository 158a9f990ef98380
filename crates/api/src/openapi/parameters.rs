//! Parameters of paths and queries.

use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr, Required};

use crate::json::Named;
use crate::json::words::{APP_USER_ID, one_of};

/// An id in the path.
pub(super) fn id(name: &str, description: &str) -> Parameter {
    in_path(name, description, integer(1, i64::MAX))
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
    let schema = ObjectBuilder::new().schema_type(Type::String);
    parameter(name, ParameterIn::Query, description, schema)
}

/// An id in the query.
pub(super) fn number(name: &str, description: &str) -> Parameter {
    parameter(name, ParameterIn::Query, description, integer(i64::MIN, i64::MAX))
}

/// A word of an enumeration that has a schema of its own, in the query.
pub(super) fn word<T: ToSchema>(name: &str, description: &str) -> Parameter {
    let schema = Ref::from_schema_name(T::name());
    parameter(name, ParameterIn::Query, description, schema)
}

/// An order of a list, the newest first by default.
pub(super) fn sort_by<T: Named>() -> Parameter {
    let names = T::names();
    let schema = one_of(names.split(", ")).default(Some("CREATED_AT_DESC".into()));
    parameter("sortBy", ParameterIn::Query, "Field and order.", schema)
}

/// Which page of a list.
pub(super) fn paging() -> [Parameter; 2] {
    let bounded = |minimum: i64, maximum: i64, default: i64| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(minimum))
            .maximum(Some(maximum))
            .default(Some(default.into()))
    };
    [
        parameter(
            "page",
            ParameterIn::Query,
            "Which page, from 0.",
            bounded(0, 2_147_483_647, 0),
        ),
        parameter(
            "pageSize",
            ParameterIn::Query,
            "How many rows a page has.",
            bounded(1, 1000, 10),
        ),
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
    parameter(name, ParameterIn::Query, description, integer(minimum, maximum))
}

fn integer(minimum: i64, maximum: i64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(minimum))
        .maximum(Some(maximum))
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
