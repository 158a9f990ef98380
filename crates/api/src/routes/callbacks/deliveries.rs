//! `GET /callback-deliveries`: what the app was told, or will be.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, Query, paging};
use crate::json::{self, DeliveryJson, PageJson};
use crate::state::State;

pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let query = request.query_string().to_owned();
    let (page, found) = state
        .call(caller, move |application, app| async move {
            let page = paging(&Query::parse(&query)?)?;
            Ok((page, application.list_deliveries(app, page).await?))
        })
        .await?;
    json::answer(StatusCode::OK, &PageJson::new(&found, page, DeliveryJson::from))
}
