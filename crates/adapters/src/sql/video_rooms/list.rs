//! Pages of rooms: one query for the rows, one for the total.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::EntityState;
use futures_util::FutureExt;
use ports::store::{Page, PageRequest, StoreError, VideoRoomFilter, VideoRoomSort, VideoRoomView};

use super::super::apps::{AppBriefRow, UserRow};
use super::super::dialect::{Conn, position};
use super::super::members::MemberBriefRow;
use super::super::schema::{apps, members, stream_keys, users, video_rooms};
use super::super::stream_keys::StreamKeyBriefRow;
use super::super::{Db, UnitOfWork, failed, matches_nothing};
use super::WHAT;
use super::row::{VideoRoomRow, ViewRow, view};
use crate::fold::fold;

impl UnitOfWork {
    pub(super) async fn list_video_rooms(
        &mut self,
        filter: VideoRoomFilter,
        page: PageRequest,
    ) -> Result<Page<VideoRoomView>, StoreError> {
        self.long_running(move |conn| {
            async move {
                let total = total(conn, &filter).await?;
                let rows = if page.offset() < total {
                    rows(conn, &filter, page).await?
                } else {
                    Vec::new()
                };
                let items = rows.into_iter().map(view).collect::<Result<_, _>>()?;
                Ok(Page { items, total })
            }
            .boxed()
        })
        .await
    }
}

async fn total(conn: &mut Conn, filter: &VideoRoomFilter) -> Result<u64, StoreError> {
    if matches_nothing(&[&filter.keyword]) {
        return Ok(0);
    }
    let total: i64 = matching(filter)
        .count()
        .get_result(conn)
        .await
        .map_err(failed(WHAT))?;
    Ok(u64::try_from(total).unwrap_or(0))
}

/// The ids of the page come from an inner query, so that what is skipped is skipped on an index and joined with
/// nothing.
async fn rows(
    conn: &mut Conn,
    filter: &VideoRoomFilter,
    page: PageRequest,
) -> Result<Vec<ViewRow>, StoreError> {
    let ids = ordered(matching(filter), filter.sort)
        .select(video_rooms::id)
        .limit(i64::from(page.size))
        .offset(i64::try_from(page.offset()).unwrap_or(i64::MAX));
    let views = video_rooms::table
        .inner_join(apps::table.on(apps::id.eq(video_rooms::app_id)))
        .inner_join(users::table.on(users::id.eq(apps::owner_id)))
        .inner_join(members::table.on(members::id.eq(video_rooms::member_id)))
        .left_join(stream_keys::table.on(stream_keys::video_room_id.eq(video_rooms::id.nullable())))
        .filter(video_rooms::id.eq_any(ids))
        .select((
            VideoRoomRow::as_select(),
            AppBriefRow::as_select(),
            UserRow::as_select(),
            MemberBriefRow::as_select(),
            Option::<StreamKeyBriefRow>::as_select(),
            video_rooms::whitelist_count,
        ))
        .into_boxed::<Db>();
    let (created, modified) = (video_rooms::created_at, video_rooms::last_modified_at);
    match filter.sort {
        VideoRoomSort::CreatedAtAsc => views.order((created.asc(), video_rooms::id.asc())),
        VideoRoomSort::CreatedAtDesc => views.order((created.desc(), video_rooms::id.desc())),
        VideoRoomSort::LastModifiedAtAsc => views.order((modified.asc(), video_rooms::id.asc())),
        VideoRoomSort::LastModifiedAtDesc => views.order((modified.desc(), video_rooms::id.desc())),
    }
    .load(conn)
    .await
    .map_err(failed(WHAT))
}

type Boxed<'a> = video_rooms::BoxedQuery<'a, Db>;

fn matching(filter: &VideoRoomFilter) -> Boxed<'_> {
    let mut rooms = video_rooms::table
        .filter(video_rooms::app_id.eq(filter.app.get()))
        .filter(video_rooms::entity_state.eq(EntityState::Active.name()))
        .into_boxed();
    if let Some(member) = filter.member {
        rooms = rooms.filter(video_rooms::member_id.eq(member.get()));
    }
    if let Some(state) = filter.state {
        rooms = rooms.filter(video_rooms::state.eq(state.name()));
    }
    if let Some(kind) = filter.kind {
        rooms = rooms.filter(video_rooms::kind.eq(kind.name()));
    }
    if let Some(level) = filter.access_level {
        rooms = rooms.filter(video_rooms::access_level.eq(level.name()));
    }
    if let Some(keyword) = &filter.keyword {
        rooms = rooms.filter(position(video_rooms::title_folded, fold(keyword)).gt(0));
    }
    rooms
}

fn ordered(rooms: Boxed<'_>, sort: VideoRoomSort) -> Boxed<'_> {
    let (created, modified) = (video_rooms::created_at, video_rooms::last_modified_at);
    match sort {
        VideoRoomSort::CreatedAtAsc => rooms.order((created.asc(), video_rooms::id.asc())),
        VideoRoomSort::CreatedAtDesc => rooms.order((created.desc(), video_rooms::id.desc())),
        VideoRoomSort::LastModifiedAtAsc => rooms.order((modified.asc(), video_rooms::id.asc())),
        VideoRoomSort::LastModifiedAtDesc => rooms.order((modified.desc(), video_rooms::id.desc())),
    }
}
