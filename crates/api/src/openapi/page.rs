//! Where the description is read: `/openapi.json` for programs, `/docs` for people.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, ContentType, ETAG, HeaderValue, IF_NONE_MATCH,
};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use super::document;
use crate::assets;
use crate::error::ApiError;
use crate::play::{matches, quoted};
use crate::routes::{get, resource};

/// Everything comes from here. Swagger UI sets styles on elements, and its icons are in its style sheet.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
                      base-uri 'none'; form-action 'none'";

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/openapi.json", "GET, HEAD").route(get().to(openapi_json)))
        .service(resource("/docs", "GET, HEAD").route(get().to(page)))
        .service(resource("/docs/assets/{name}", "GET, HEAD").route(get().to(asset)));
}

/// The document, which tools on other sites may read as well.
async fn openapi_json(request: HttpRequest) -> HttpResponse {
    static TAG: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
        let mut hasher = DefaultHasher::new();
        document().hash(&mut hasher);
        quoted(&format!("{:016x}", hasher.finish()))
    });
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    if let Some(tag) = &*TAG {
        response.insert_header((ETAG, tag.clone()));
        if request
            .headers()
            .get(IF_NONE_MATCH)
            .is_some_and(|sent| matches(sent, tag))
        {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
    }
    response.content_type(ContentType::json()).body(document())
}

async fn page(request: HttpRequest) -> HttpResponse {
    assets::DOCS_HTML.answer(&request, POLICY)
}

async fn asset(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let asset = match request.match_info().query("name") {
        "docs.js" => assets::DOCS_JS,
        "docs.css" => assets::DOCS_CSS,
        "swagger-ui.js" => assets::SWAGGER_JS,
        "swagger-ui.css" => assets::SWAGGER_CSS,
        "LICENSE" => assets::SWAGGER_LICENSE,
        _ => return Err(ApiError::no_such_path()),
    };
    Ok(asset.answer(&request, POLICY))
}
