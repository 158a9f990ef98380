//! `GET /video-rooms`: a page of the app's rooms.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use domain::{AppId, MemberId};
use ports::store::{PageRequest, VideoRoomFilter};

use crate::error::ApiError;
use crate::extract::{Caller, Query, paging};
use crate::json::{self, PageJson, VideoRoomJson};
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
            Ok((page, application.list_video_rooms(filter, page).await?))
        })
        .await?;
    let tell = |view| VideoRoomJson::new(view, state.links());
    json::answer(StatusCode::OK, &PageJson::new(&found, page, tell))
}

/// What the query of this app asks for.
fn wanted(query: &str, app: AppId) -> Result<(VideoRoomFilter, PageRequest), ApiError> {
    let query = Query::parse(query)?;
    let filter = VideoRoomFilter {
        app,
        member: query.number("memberId")?.map(MemberId::new),
        keyword: query.text("keyword").map(ToOwned::to_owned),
        state: query.named("videoRoomState")?,
        kind: query.named("type")?,
        access_level: query.named("accessLevel")?,
        sort: query.named("sortBy")?.unwrap_or_default(),
    };
    Ok((filter, paging(&query)?))
}

#[cfg(test)]
mod tests {
    use domain::{AccessLevel, VideoRoomState, VideoRoomType};
    use ports::store::VideoRoomSort;

    use super::*;

    const APP: AppId = AppId::new(1);

    #[test]
    fn an_empty_query_is_the_first_ten_newest_first() {
        let (filter, page) = wanted("", APP).unwrap();
        assert_eq!(page, PageRequest { page: 0, size: 10 });
        assert_eq!(filter.sort, VideoRoomSort::CreatedAtDesc);
        assert_eq!(filter.keyword, None);
    }

    #[test]
    fn filters_are_taken_by_name() {
        let query = "keyword=Foo&sortBy=LAST_MODIFIED_AT_ASC&videoRoomState=LIVE_INACTIVE&type=WEBINAR&accessLevel=APP&memberId=7&page=2147483647&pageSize=1000";
        let (filter, page) = wanted(query, APP).unwrap();
        assert_eq!(filter.keyword.as_deref(), Some("Foo"));
        assert_eq!(filter.sort, VideoRoomSort::LastModifiedAtAsc);
        assert_eq!(filter.state, Some(VideoRoomState::LiveInactive));
        assert_eq!(filter.kind, Some(VideoRoomType::Webinar));
        assert_eq!(filter.access_level, Some(AccessLevel::App));
        assert_eq!(filter.member, Some(MemberId::new(7)));
        assert_eq!(
            page,
            PageRequest {
                page: 2_147_483_647,
                size: 1000
            }
        );
        let refusal = wanted("sortBy=TITLE", APP).unwrap_err().to_string();
        assert!(refusal.starts_with("sortBy must be one of CREATED_AT_ASC,"));
        assert!(wanted("memberId=me", APP).is_err());
    }
}
