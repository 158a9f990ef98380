//! The API's description in `OpenAPI` 3.1, made from the types and codes that answers are made of.
//!
//! Schemas are derived on the types of [`crate::json`]; [`calls`] has one entry for each path and method; [`call`] adds
//! to each what every call of its kind has: errors, headers, security. A test walks the routes of the server, so that
//! none is missing here, and every answer of every other test of a route is held against this description.

mod call;
mod calls;
mod components;
mod errors;
mod page;
mod parameters;

use std::sync::LazyLock;

use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, ServerBuilder, Tag};

pub(crate) use errors::ErrorCodes;
pub(crate) use page::configure;

const DESCRIPTION: &str = "\
Live video rooms for apps: back ends register members and make rooms, members broadcast by RTMP, everybody watches by \
HLS.

Every error has the same body, `{\"errorCode\",\"errorMessage\"}`. Beside what each call lists, a path that is not \
there answers 404 `RESOURCE_NOT_FOUND`, and a method that a path does not take 405 `UNSUPPORTED_HTTP_METHOD` with \
`Allow`. Where there is a `GET` there is a `HEAD`.

A field that may have nothing to tell is there with `null`. Fields that are not known are ignored in requests, and may \
be added to answers.";

const TAGS: &[(&str, &str)] = &[
    (call::MEMBERS, "The end users of the app."),
    (call::STREAM_KEYS, "What members publish with."),
    (call::VIDEO_ROOMS, "Rooms, and putting them on air."),
    (call::EVENTS, "What happened in the app, for its back end."),
    (call::TOKENS, "For players and members' devices."),
    (call::PLAYBACK, "For players."),
    (call::OPERATION, "For those who run the platform."),
];

/// The document as it is served and printed: JSON with indentation and a line break at its end.
pub fn document() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        // A document is text by text names: it always makes JSON.
        let mut text = build().to_pretty_json().unwrap_or_default();
        text.push('\n');
        text
    });
    &TEXT
}

fn build() -> OpenApi {
    let (mut paths, mut components) = (Paths::new(), components::common());
    for call in calls::all() {
        let (path, method, operation, schemas) = call.finish();
        components = components.schemas_from_iter(schemas);
        paths.add_path_operation(path, vec![method], operation);
    }
    let license = LicenseBuilder::new()
        .name(env!("CARGO_PKG_LICENSE"))
        .identifier(Some(env!("CARGO_PKG_LICENSE")))
        .build();
    let info = InfoBuilder::new()
        .title("VideoRoom")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license));
    let here = ServerBuilder::new()
        .url("/")
        .description(Some("The platform that serves this document"));
    let tag = |(name, text): &(&str, &str)| {
        let mut tag = Tag::new(*name);
        tag.description = Some((*text).to_owned());
        tag
    };
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([here.build()]))
        .tags(Some(TAGS.iter().map(tag)))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}
