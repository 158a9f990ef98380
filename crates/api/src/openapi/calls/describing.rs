//! `/openapi.json` and `/docs`: the description of itself.

use application::ErrorCode::ResourceNotFound;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::super::call::{Call, OPERATION as TAG};
use super::super::parameters::in_path;

pub(super) fn calls() -> Vec<Call> {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
    let files = &["text/javascript", "text/css", "text/plain"];
    vec![
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/openapi.json",
            "getOpenApi",
            "This description",
        )
        .answers_object("200", "The description, in OpenAPI 3.1.")
        .answers_nothing("304", "What the caller has is still so."),
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/docs",
            "getDocs",
            "The page that shows this description",
        )
        .answers_media("200", "The page.", &["text/html"])
        .answers_nothing("304", "What the caller has is still so."),
        Call::of_anybody(
            TAG,
            HttpMethod::Get,
            "/docs/assets/{name}",
            "getDocsAsset",
            "A file of that page",
        )
        .takes([in_path("name", "A file that the page names.", text)])
        .answers_media("200", "The file.", files)
        .answers_nothing("304", "What the caller has is still so.")
        .refuses(&[ResourceNotFound]),
    ]
}
