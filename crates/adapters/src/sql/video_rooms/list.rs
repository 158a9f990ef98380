//! Pages of rooms. How many there are is kept in the database, for each app by state, type and access level; only
//! those of a member or with a keyword have to be counted.

use std::cmp::Reverse;

use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::RunQueryDsl;
use domain::{AppId, EntityState};
use futures_util::FutureExt;
use ports::store::{Page, PageRequest, StoreError, VideoRoomFilter, VideoRoomSort, VideoRoomView};

use super::super::apps::{AppBriefRow, UserRow};
use super::super::dialect::{self, Conn, Ts, position};
use super::super::members::MemberBriefRow;
use super::super::page::{Wanted, on_page, one_of};
use super::super::remembered::Remembered;
use super::super::schema::{apps, members, stream_keys, users, video_rooms};
use super::super::stream_keys::StreamKeyBriefRow;
use super::super::template::{Template, gap};
use super::super::written::Written;
use super::super::{Db, UnitOfWork, failed, matches_nothing};
use super::row::{VideoRoomRow, view};
use super::{WHAT, keyword};
use crate::fold::fold;

impl UnitOfWork {
    pub(super) async fn list_video_rooms(
        &mut self,
        mut filter: VideoRoomFilter,
        page: PageRequest,
    ) -> Result<Page<VideoRoomView>, StoreError> {
        // Every title has nothing in it.
        filter.keyword = filter.keyword.filter(|keyword| !keyword.is_empty());
        if filter.is_quick(page) {
            return of_counted(self.conn(), &filter, page).await;
        }
        let remembered = self.remembered();
        self.long_running(move |conn| {
            async move {
                if filter.is_counted() {
                    return of_counted(conn, &filter, page).await;
                }
                if matches_nothing(&[&filter.keyword]) {
                    return Ok(none());
                }
                if let Some(keyword) = &filter.keyword
                    && let Some(found) = keyword::look_up(conn, &remembered, &filter, keyword, page).await?
                {
                    return Ok(found);
                }
                of_others(conn, &remembered, &filter, page).await
            }
            .boxed()
        })
        .await
    }
}

/// A page without rooms.
pub(super) const fn none() -> Page<VideoRoomView> {
    Page {
        items: Vec::new(),
        total: 0,
    }
}

/// All rooms of an app.
pub(super) fn every_room(app: AppId) -> VideoRoomFilter {
    VideoRoomFilter {
        app,
        member: None,
        keyword: None,
        state: None,
        kind: None,
        access_level: None,
        sort: VideoRoomSort::default(),
    }
}

/// What the number of the rooms that this filter wants is remembered by.
pub(super) fn name(filter: &VideoRoomFilter) -> String {
    let any = VideoRoomSort::default();
    format!(
        "rooms {:?}",
        VideoRoomFilter {
            sort: any,
            ..filter.clone()
        }
    )
}

/// The number that is kept of the rooms that this filter wants.
pub(super) fn kept_count(filter: &VideoRoomFilter) -> Written<BigInt> {
    let mut total = Written::new(
        "(SELECT CAST(coalesce(sum(total), 0) AS BIGINT) FROM video_room_counts WHERE app_id = ",
    )
    .number(filter.app.get());
    if let Some(state) = filter.state {
        total = total.sql(" AND state = ").text(state.name());
    }
    if let Some(kind) = filter.kind {
        total = total.sql(" AND kind = ").text(kind.name());
    }
    if let Some(level) = filter.access_level {
        total = total.sql(" AND access_level = ").text(level.name());
    }
    total.sql(")")
}

/// The total comes with the rows; by itself only when there are none.
async fn of_counted(
    conn: &mut Conn,
    filter: &VideoRoomFilter,
    page: PageRequest,
) -> Result<Page<VideoRoomView>, StoreError> {
    let rows = rows(conn, filter, page, kept_count(filter)).await?;
    let total = match rows.as_slice() {
        [(.., total), ..] => *total,
        [] => diesel::select(kept_count(filter))
            .get_result(conn)
            .await
            .map_err(failed(WHAT))?,
    };
    Ok(Page {
        items: views(rows, filter.sort)?,
        total: u64::try_from(total).unwrap_or(0),
    })
}

/// The page of these hits, which are rooms with what they are sorted by; all by one statement, but for a page behind the
/// last.
pub(super) async fn of_hits(
    conn: &mut Conn,
    hits: Written<(BigInt, Ts)>,
    sort: VideoRoomSort,
    page: PageRequest,
) -> Result<Page<VideoRoomView>, StoreError> {
    let with = Written::new("WITH hits (id, at) AS (")
        .then(hits.clone())
        .sql(") ");
    let ids = Written::<BigInt>::new(if newest_first(sort) {
        "SELECT id FROM hits ORDER BY at DESC, id DESC"
    } else {
        "SELECT id FROM hits ORDER BY at, id"
    });
    let wanted = Wanted::OnPage(on_page("video_rooms.id", ids, page));
    let total = Written::new("(SELECT count(*) FROM hits)");
    let rows = load(conn, Some(with), wanted, total).await?;
    let total: i64 = match rows.as_slice() {
        [(.., total), ..] => *total,
        [] if page.offset() == 0 => 0,
        [] => {
            let count = Written::<BigInt>::new("SELECT count(*) FROM (")
                .then(hits)
                .sql(") AS hits");
            count.get_result(conn).await.map_err(failed(WHAT))?
        }
    };
    Ok(Page {
        items: views(rows, sort)?,
        total: u64::try_from(total).unwrap_or(0),
    })
}

/// Whether the last rooms come first.
pub(super) const fn newest_first(sort: VideoRoomSort) -> bool {
    matches!(
        sort,
        VideoRoomSort::CreatedAtDesc | VideoRoomSort::LastModifiedAtDesc
    )
}

async fn of_others(
    conn: &mut Conn,
    remembered: &Remembered,
    filter: &VideoRoomFilter,
    page: PageRequest,
) -> Result<Page<VideoRoomView>, StoreError> {
    let found = || matching(filter).select(video_rooms::id);
    let total = remembered.totals.of(name(filter), found, conn).await;
    let total = total.map_err(failed(WHAT))?;
    if page.offset() >= total {
        return Ok(Page { total, ..none() });
    }
    let rows = rows(conn, filter, page, Written::new("CAST(0 AS BIGINT)")).await?;
    Ok(Page {
        items: views(rows, filter.sort)?,
        total,
    })
}

/// The views of these rooms, in that order.
pub(super) async fn of_ids(
    conn: &mut Conn,
    ids: &[i64],
    sort: VideoRoomSort,
) -> Result<Vec<VideoRoomView>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = Wanted::<Written<Bool>>::These(one_of("video_rooms.id", ids));
    views(
        load(conn, None, wanted, Written::new("CAST(0 AS BIGINT)")).await?,
        sort,
    )
}

/// A row of a view, and the total behind it.
type CountedRow = (
    VideoRoomRow,
    AppBriefRow,
    UserRow,
    MemberBriefRow,
    Option<StreamKeyBriefRow>,
    i64,
    i64,
);

/// What these rows are of, in order.
fn views(rows: Vec<CountedRow>, sort: VideoRoomSort) -> Result<Vec<VideoRoomView>, StoreError> {
    let views = rows
        .into_iter()
        .map(|(room, app, owner, member, key, whitelisted, _)| {
            view((room, app, owner, member, key, whitelisted))
        });
    let mut views = views.collect::<Result<Vec<_>, _>>()?;
    let created = |view: &VideoRoomView| (view.room.created_at, view.room.id);
    let modified = |view: &VideoRoomView| (view.room.last_modified_at, view.room.id);
    match sort {
        VideoRoomSort::CreatedAtAsc => views.sort_unstable_by_key(created),
        VideoRoomSort::CreatedAtDesc => views.sort_unstable_by_key(|view| Reverse(created(view))),
        VideoRoomSort::LastModifiedAtAsc => views.sort_unstable_by_key(modified),
        VideoRoomSort::LastModifiedAtDesc => views.sort_unstable_by_key(|view| Reverse(modified(view))),
    }
    Ok(views)
}

async fn rows(
    conn: &mut Conn,
    filter: &VideoRoomFilter,
    page: PageRequest,
    total: Written<BigInt>,
) -> Result<Vec<CountedRow>, StoreError> {
    let ids = ordered(matching(filter), filter.sort).select(video_rooms::id);
    let wanted = Wanted::OnPage(on_page("video_rooms.id", ids, page));
    load(conn, None, wanted, total).await
}

/// The rows that are wanted, `with` what those and the total speak of, in no order: they are put into it once they are
/// here. A database would carry every column through its sorting.
async fn load<Q: QueryFragment<Db> + Send + 'static>(
    conn: &mut Conn,
    with: Option<Written<()>>,
    wanted: Wanted<Q>,
    total: Written<BigInt>,
) -> Result<Vec<CountedRow>, StoreError> {
    static TEMPLATE: Template = Template::new();
    let views = video_rooms::table
        .inner_join(apps::table.on(apps::id.eq(video_rooms::app_id)))
        .inner_join(users::table.on(users::id.eq(apps::owner_id)))
        .inner_join(members::table.on(members::id.eq(video_rooms::member_id)))
        .left_join(stream_keys::table.on(stream_keys::video_room_id.eq(video_rooms::id.nullable())))
        .filter(gap::<Bool>())
        .select((
            VideoRoomRow::as_select(),
            AppBriefRow::as_select(),
            UserRow::as_select(),
            MemberBriefRow::as_select(),
            Option::<StreamKeyBriefRow>::as_select(),
            video_rooms::whitelist_count,
            gap::<BigInt>(),
        ));
    let query = TEMPLATE.filled(&views, total, wanted).map_err(failed(WHAT))?;
    dialect::rows(conn, query.with(with)).await.map_err(failed(WHAT))
}

type Boxed = video_rooms::BoxedQuery<'static, Db>;

fn matching(filter: &VideoRoomFilter) -> Boxed {
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

fn ordered(rooms: Boxed, sort: VideoRoomSort) -> Boxed {
    let (created, modified) = (video_rooms::created_at, video_rooms::last_modified_at);
    match sort {
        VideoRoomSort::CreatedAtAsc => rooms.order((created.asc(), video_rooms::id.asc())),
        VideoRoomSort::CreatedAtDesc => rooms.order((created.desc(), video_rooms::id.desc())),
        VideoRoomSort::LastModifiedAtAsc => rooms.order((modified.asc(), video_rooms::id.asc())),
        VideoRoomSort::LastModifiedAtDesc => rooms.order((modified.desc(), video_rooms::id.desc())),
    }
}
