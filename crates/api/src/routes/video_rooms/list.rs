//! `GET /video-rooms`: a page of the app's rooms.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use application::Application;
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
    let wanted = wanted(request.query_string());
    let is_quick = matches!(&wanted, Ok((filter, page)) if filter.is_quick(*page));
    let list = move |application: Application, app| async move {
        let (filter, page) = wanted?;
        let filter = VideoRoomFilter { app, ..filter };
        Ok((page, application.list_video_rooms(filter, page).await?))
    };
    let (page, found) = if is_quick {
        state.read(caller, list).await?
    } else {
        state.call(caller, list).await?
    };
    let tell = |view| VideoRoomJson::new(view, state.links());
    json::answer(StatusCode::OK, &PageJson::new(&found, page, tell))
}

/// What a query asks for, of no app yet: what is wrong with it is said to those only who may ask.
fn wanted(query: &str) -> Result<(VideoRoomFilter, PageRequest), ApiError> {
    let query = Query::parse(query)?;
    let filter = VideoRoomFilter {
        app: AppId::new(0),
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

    #[test]
    fn an_empty_query_is_the_first_ten_newest_first() {
        let (filter, page) = wanted("").unwrap();
        assert_eq!(page, PageRequest { page: 0, size: 10 });
        assert_eq!(filter.sort, VideoRoomSort::CreatedAtDesc);
        assert_eq!(filter.keyword, None);
    }

    #[test]
    fn filters_are_taken_by_name() {
        let query = "keyword=Foo&sortBy=LAST_MODIFIED_AT_ASC&videoRoomState=LIVE_INACTIVE&type=WEBINAR&accessLevel=APP&memberId=7&page=2147483647&pageSize=1000";
        let (filter, page) = wanted(query).unwrap();
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
        let refusal = wanted("sortBy=TITLE").unwrap_err().to_string();
        assert!(refusal.starts_with("sortBy must be one of CREATED_AT_ASC,"));
        assert!(wanted("memberId=me").is_err());
    }
}
