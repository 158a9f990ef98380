//! `GET /members`: a page of the app's members.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use domain::AppId;
use ports::store::{MemberFilter, PageRequest};

use crate::error::ApiError;
use crate::extract::{Caller, Query, paging};
use crate::json::{self, MemberJson, PageJson};
use crate::state::State;

pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let query = request.query_string().to_owned();
    let (page, found) = state
        .call(caller, move |application, app| async move {
            let (filter, page) = wanted(&query, app)?;
            Ok((page, application.list_members(filter, page).await?))
        })
        .await?;
    json::answer(StatusCode::OK, &PageJson::new(&found, page, MemberJson::from))
}

/// What the query of this app asks for.
fn wanted(query: &str, app: AppId) -> Result<(MemberFilter, PageRequest), ApiError> {
    let query = Query::parse(query)?;
    let filter = MemberFilter {
        app,
        app_user_id: query.text("appUserId").map(ToOwned::to_owned),
        app_user_name: query.text("appUserName").map(ToOwned::to_owned),
        sort: query.named("sortBy")?.unwrap_or_default(),
    };
    Ok((filter, paging(&query)?))
}
