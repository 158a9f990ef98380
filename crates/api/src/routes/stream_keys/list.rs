//! `GET /stream-keys`: a page of the app's stream keys.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use domain::{AppId, MemberId, VideoRoomId};
use ports::store::{PageRequest, StreamKeyFilter};

use crate::error::ApiError;
use crate::extract::{Caller, Query, paging};
use crate::json::{self, PageJson, StreamKeyJson};
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
            Ok((page, application.list_stream_keys(filter, page).await?))
        })
        .await?;
    let tell = |view| StreamKeyJson::new(view, state.links());
    json::answer(StatusCode::OK, &PageJson::new(&found, page, tell))
}

/// What the query of this app asks for.
fn wanted(query: &str, app: AppId) -> Result<(StreamKeyFilter, PageRequest), ApiError> {
    let query = Query::parse(query)?;
    let filter = StreamKeyFilter {
        app,
        member: query.number("memberId")?.map(MemberId::new),
        app_user_id: query.text("appUserId").map(ToOwned::to_owned),
        app_user_name: query.text("appUserName").map(ToOwned::to_owned),
        video_room: query.number("videoRoomId")?.map(VideoRoomId::new),
    };
    Ok((filter, paging(&query)?))
}
