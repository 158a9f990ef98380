//! One call of the API, and what every call of its kind has without saying so.

use application::ErrorCode;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, Response, ResponseBuilder};

use super::components::{self, BASIC, BEARER, LOCATION, REQUEST_ID};
use super::errors;
use super::parameters::idempotency_key;
use crate::json::PageJson;

pub(super) const MEMBERS: &str = "Members";
pub(super) const STREAM_KEYS: &str = "Stream keys";
pub(super) const VIDEO_ROOMS: &str = "Video rooms";
pub(super) const EVENTS: &str = "Events";
pub(super) const TOKENS: &str = "Tokens";
pub(super) const PLAYBACK: &str = "Playback";
pub(super) const OPERATION: &str = "Operation";

/// Schemas by name.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// One path and method.
pub(super) struct Call {
    method: HttpMethod,
    path: &'static str,
    operation: OperationBuilder,
    refusals: Vec<ErrorCode>,
    schemas: Schemas,
}

impl Call {
    fn new(tag: &str, method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Self {
        let operation = OperationBuilder::new()
            .tag(tag)
            .operation_id(Some(id))
            .summary(Some(summary));
        Self {
            method,
            path,
            operation,
            refusals: Vec::new(),
            schemas: Schemas::new(),
        }
    }

    /// A call that takes the app's key and secret; a `POST` can be done once.
    pub(super) fn of_app(tag: &str, method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Self {
        let repeatable = matches!(method, HttpMethod::Post);
        let call = Self::new(tag, method, path, id, summary)
            .secured(BASIC)
            .refuses(&[ErrorCode::EmptyAppCredentials, ErrorCode::InvalidAppCredentials])
            .refuses(&[ErrorCode::TooManyRequests])
            .refuses(&[ErrorCode::InternalServerError, ErrorCode::ServiceUnavailable]);
        if !repeatable {
            return call;
        }
        call.takes([idempotency_key()]).refuses(&[
            ErrorCode::IdempotencyKeyInProgress,
            ErrorCode::IdempotencyKeyReused,
        ])
    }

    /// A call that takes a member's access token.
    pub(super) fn of_member(
        tag: &str,
        method: HttpMethod,
        path: &'static str,
        id: &str,
        summary: &str,
    ) -> Self {
        Self::new(tag, method, path, id, summary)
            .secured(BEARER)
            .refuses(&[ErrorCode::EmptyAccessToken, ErrorCode::InvalidAccessToken])
            .refuses(&[ErrorCode::InternalServerError, ErrorCode::ServiceUnavailable])
    }

    /// A call that anybody may make.
    pub(super) fn of_anybody(
        tag: &str,
        method: HttpMethod,
        path: &'static str,
        id: &str,
        summary: &str,
    ) -> Self {
        let mut call = Self::new(tag, method, path, id, summary);
        call.operation = call.operation.securities(Some([SecurityRequirement::default()]));
        call
    }

    fn secured(mut self, scheme: &str) -> Self {
        let no_scopes: [&str; 0] = [];
        self.operation = self
            .operation
            .security(SecurityRequirement::new(scheme, no_scopes));
        self
    }

    /// More than the summary says.
    pub(super) fn about(mut self, text: &str) -> Self {
        self.operation = self.operation.description(Some(text));
        self
    }

    /// Parameters of the path, the query or the header, each of which may be refused.
    pub(super) fn takes(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        for parameter in parameters {
            self.operation = self.operation.parameter(parameter);
        }
        self.refuses(&[ErrorCode::InvalidRequestParameter])
    }

    /// A JSON body.
    pub(super) fn body<T: ToSchema>(mut self, required: Required, example: Value) -> Self {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(T::name())))
            .example(Some(example));
        let body = RequestBodyBuilder::new()
            .content("application/json", content.build())
            .required(Some(required));
        self.operation = self.operation.request_body(Some(body.build()));
        components::collect::<T>(&mut self.schemas);
        self.refuses(&[
            ErrorCode::InvalidHttpMessageBody,
            ErrorCode::HttpMessageBodyTooLarge,
            ErrorCode::UnsupportedMediaType,
        ])
    }

    /// A JSON answer.
    pub(super) fn answers<T: ToSchema>(self, status: &str, description: &str, example: Value) -> Self {
        self.answers_as::<T>(T::name().into_owned(), status, description, example)
    }

    /// A page of a list, with one row as an example.
    pub(super) fn answers_page<T: ToSchema>(mut self, description: &str, row: &Value) -> Self {
        let name = format!("{}Page", T::name());
        // Of a type that is a parameter only what it refers to is collected with the page.
        let mut rows = T::schema();
        components::always_whole(&mut rows);
        self.schemas.push((T::name().into_owned(), rows));
        self.answers_as::<PageJson<T>>(name, "200", description, page_of(row))
    }

    fn answers_as<T: ToSchema>(
        mut self,
        name: String,
        status: &str,
        description: &str,
        example: Value,
    ) -> Self {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(&name)))
            .example(Some(example));
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/json", content.build());
        let mut schemas = vec![(name, T::schema())];
        T::schemas(&mut schemas);
        for (_, schema) in &mut schemas {
            components::always_whole(schema);
        }
        self.schemas.extend(schemas);
        self.answer(status, response)
    }

    /// A JSON answer that is any object.
    pub(super) fn answers_object(self, status: &str, description: &str) -> Self {
        let object = ObjectBuilder::new().schema_type(Type::Object);
        let content = ContentBuilder::new().schema(Some(object));
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/json", content.build());
        self.answer(status, response)
    }

    /// An answer of other types of media.
    pub(super) fn answers_media(self, status: &str, description: &str, types: &[&str]) -> Self {
        let mut response = ResponseBuilder::new().description(description);
        for content_type in types {
            let text = ObjectBuilder::new().schema_type(Type::String);
            let content = ContentBuilder::new().schema(Some(text));
            response = response.content(*content_type, content.build());
        }
        self.answer(status, response)
    }

    /// A stream of Server-Sent Events, the data of each of which is this.
    pub(super) fn answers_events<T: ToSchema>(mut self, description: &str, example: &str) -> Self {
        let mut schemas = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut schemas);
        for (_, schema) in &mut schemas {
            components::always_whole(schema);
        }
        self.schemas.extend(schemas);
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .content_media_type("text/event-stream")
            .description(Some(format!(
                "Lines of `id` and `data`; the data is a [`{0}`](#/components/schemas/{0}) in JSON.",
                T::name()
            )));
        let content = ContentBuilder::new()
            .schema(Some(text))
            .example(Some(example.into()));
        let response = ResponseBuilder::new()
            .description(description)
            .content("text/event-stream", content.build());
        self.answer("200", response)
    }

    /// An answer without a body.
    pub(super) fn answers_nothing(self, status: &str, description: &str) -> Self {
        self.answer(status, ResponseBuilder::new().description(description))
    }

    /// An answer that leads elsewhere.
    pub(super) fn answers_redirect(self, status: &str, description: &str) -> Self {
        let response = ResponseBuilder::new()
            .description(description)
            .header_ref("Location", components::header(LOCATION));
        self.answer(status, response)
    }

    fn answer(mut self, status: &str, response: ResponseBuilder) -> Self {
        self.operation = self.operation.response(status, with_request_id(response));
        self
    }

    /// What it may be refused with, beside what calls of its kind always are.
    pub(super) fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.refusals.extend(codes);
        self
    }

    /// Codes that are answered with another status than theirs.
    pub(super) fn refuses_with(self, status: u16, codes: &[ErrorCode]) -> Self {
        self.answer(&status.to_string(), errors::response(status, codes))
    }

    /// Path, method, description, and the schemas that it refers to.
    pub(super) fn finish(mut self) -> (&'static str, HttpMethod, Operation, Schemas) {
        for (status, response) in errors::responses(&self.refusals) {
            self.operation = self.operation.response(status, with_request_id(response));
        }
        (self.path, self.method, self.operation.build(), self.schemas)
    }
}

fn with_request_id(response: ResponseBuilder) -> Response {
    response
        .header_ref("x-request-id", components::header(REQUEST_ID))
        .build()
}

/// A page with one row.
fn page_of(row: &Value) -> Value {
    let sort = json!({ "empty": false, "sorted": true, "unsorted": false });
    json!({
        "content": [row],
        "pageable": {
            "sort": sort, "offset": 0, "pageNumber": 0, "pageSize": 10, "paged": true, "unpaged": false,
        },
        "last": true,
        "totalPages": 1,
        "totalElements": 1,
        "size": 10,
        "number": 0,
        "sort": sort,
        "first": true,
        "numberOfElements": 1,
        "empty": false,
    })
}
