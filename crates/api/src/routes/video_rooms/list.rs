//! `GET /video-rooms`: a page of the app's rooms.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use domain::{AccessLevel, AppId, MemberId, VideoRoomState, VideoRoomType};
use ports::store::{PageRequest, VideoRoomFilter, VideoRoomSort};
use validator::Validate;

use crate::error::ApiError;
use crate::extract::{Caller, Query};
use crate::json::{self, PageJson, VideoRoomJson};
use crate::state::State;

pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let wanted = Wanted::from_query(request.query_string());
    let (page, found) = state
        .call(caller, move |application, app| async move {
            let (filter, page) = wanted?.for_app(app);
            Ok((page, application.list_video_rooms(filter, page).await?))
        })
        .await?;
    let tell = |view| VideoRoomJson::new(view, state.links());
    json::answer(StatusCode::OK, &PageJson::new(&found, page, tell))
}

/// What the query asks for.
#[derive(Debug, Validate)]
struct Wanted {
    member: Option<i64>,
    keyword: Option<String>,
    state: Option<VideoRoomState>,
    kind: Option<VideoRoomType>,
    access_level: Option<AccessLevel>,
    sort: VideoRoomSort,
    #[validate(range(max = 2_147_483_647, message = "page must be 0 to 2147483647"))]
    page: u32,
    #[validate(range(min = 1, max = 1000, message = "pageSize must be 1 to 1000"))]
    page_size: u32,
}

impl Wanted {
    fn from_query(text: &str) -> Result<Self, ApiError> {
        let query = Query::parse(text)?;
        let wanted = Self {
            member: query.number("memberId")?,
            keyword: query.text("keyword").map(ToOwned::to_owned),
            state: query.named("videoRoomState")?,
            kind: query.named("type")?,
            access_level: query.named("accessLevel")?,
            sort: query.named("sortBy")?.unwrap_or_default(),
            page: query.number("page")?.unwrap_or(0),
            page_size: query.number("pageSize")?.unwrap_or(10),
        };
        wanted
            .validate()
            .map_err(|errors| ApiError::parameter(first_message(&errors)))?;
        Ok(wanted)
    }

    fn for_app(self, app: AppId) -> (VideoRoomFilter, PageRequest) {
        let filter = VideoRoomFilter {
            app,
            member: self.member.map(MemberId::new),
            keyword: self.keyword,
            state: self.state,
            kind: self.kind,
            access_level: self.access_level,
            sort: self.sort,
        };
        let page = PageRequest {
            page: self.page,
            size: self.page_size,
        };
        (filter, page)
    }
}

fn first_message(errors: &validator::ValidationErrors) -> String {
    let fields = errors.field_errors();
    let mut messages: Vec<_> = fields
        .values()
        .copied()
        .flatten()
        .filter_map(|error| error.message.as_deref())
        .collect();
    messages.sort_unstable();
    messages
        .first()
        .copied()
        .unwrap_or("a parameter of the query is out of range")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(query: &str) -> String {
        Wanted::from_query(query).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_query_is_the_first_ten_newest_first() {
        let (filter, page) = Wanted::from_query("").unwrap().for_app(AppId::new(1));
        assert_eq!(page, PageRequest { page: 0, size: 10 });
        assert_eq!(filter.sort, VideoRoomSort::CreatedAtDesc);
        assert_eq!(filter.keyword, None);
    }

    #[test]
    fn pages_outside_the_bounds_are_refused_by_name() {
        assert_eq!(refusal("pageSize=0"), "pageSize must be 1 to 1000");
        assert_eq!(refusal("pageSize=1001"), "pageSize must be 1 to 1000");
        assert_eq!(refusal("page=2147483648"), "page must be 0 to 2147483647");
        for query in [
            "page=-1",
            "page=x",
            "page=4294967296",
            "pageSize=1.5",
            "memberId=me",
        ] {
            assert!(refusal(query).ends_with("must be a whole number"), "{query}");
        }
    }

    #[test]
    fn filters_are_taken_by_name() {
        let query = "keyword=Foo&sortBy=LAST_MODIFIED_AT_ASC&videoRoomState=LIVE_INACTIVE&type=WEBINAR&accessLevel=APP&memberId=7&page=2147483647&pageSize=1000";
        let (filter, page) = Wanted::from_query(query).unwrap().for_app(AppId::new(1));
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
        assert!(refusal("sortBy=TITLE").starts_with("sortBy must be one of CREATED_AT_ASC,"));
    }
}
