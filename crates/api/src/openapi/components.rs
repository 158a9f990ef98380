//! What several calls refer to: schemas, headers, security schemes.

use utoipa::ToSchema;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, Header, Ref, RefOr};

use super::call::Schemas;
use crate::error::Envelope;

pub(super) const BASIC: &str = "app";
pub(super) const BEARER: &str = "member";

pub(super) const REQUEST_ID: &str = "RequestId";
pub(super) const CHALLENGE: &str = "Challenge";
pub(super) const RETRY_AFTER: &str = "RetryAfter";
pub(super) const LOCATION: &str = "Location";

/// The components that belong to no call.
pub(super) fn common() -> ComponentsBuilder {
    let mut schemas = Schemas::new();
    collect::<Envelope<'_>>(&mut schemas);
    for (_, schema) in &mut schemas {
        always_whole(schema);
    }
    let basic = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("An app's key and secret."));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("A member's or a guest's access token."));
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(BASIC, SecurityScheme::Http(basic.build()))
        .security_scheme(BEARER, SecurityScheme::Http(bearer.build()))
        .header(
            REQUEST_ID,
            text_header("The id of the request in the log: the caller's own, if it sent a sane one."),
        )
        .header(CHALLENGE, text_header("What the call takes (RFC 9110, 11.6.1)."))
        .header(RETRY_AFTER, seconds_header())
        .header(LOCATION, text_header("Where to go on."))
}

fn text_header(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}

fn seconds_header() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("In how many seconds asking again may help."))
        .build()
}

/// A header of [`common`].
pub(super) fn header(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

/// A type's schema and those that it refers to.
pub(super) fn collect<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// Says that every field is there, as is so in every answer: what has nothing to tell is `null`.
pub(super) fn always_whole(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            object.required = object.properties.keys().cloned().collect();
            object.properties.values_mut().for_each(always_whole);
        }
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(always_whole),
        RefOr::T(_) | RefOr::Ref(_) => {}
    }
}
