//! Pages of members: one query for the rows, one for the total.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::EntityState;
use futures_util::FutureExt;
use ports::store::{MemberFilter, MemberSort, MemberView, Page, PageRequest, StoreError};

use super::super::apps::AppBriefRow;
use super::super::dialect::Conn;
use super::super::schema::{apps, members};
use super::super::{Db, UnitOfWork, failed, matches_nothing};
use super::{MemberRow, WHAT, member_view};

impl UnitOfWork {
    pub(super) async fn list_members(
        &mut self,
        filter: MemberFilter,
        page: PageRequest,
    ) -> Result<Page<MemberView>, StoreError> {
        self.long_running(move |conn| {
            async move {
                let total = total(conn, &filter).await?;
                let rows = if page.offset() < total {
                    rows(conn, &filter, page).await?
                } else {
                    Vec::new()
                };
                let items = rows.into_iter().map(member_view).collect::<Result<_, _>>()?;
                Ok(Page { items, total })
            }
            .boxed()
        })
        .await
    }
}

async fn total(conn: &mut Conn, filter: &MemberFilter) -> Result<u64, StoreError> {
    if matches_nothing(&[&filter.app_user_id, &filter.app_user_name]) {
        return Ok(0);
    }
    let total: i64 = matching(filter)
        .count()
        .get_result(conn)
        .await
        .map_err(failed(WHAT))?;
    Ok(u64::try_from(total).unwrap_or(0))
}

/// The ids of the page come from an inner query, so that what is skipped is skipped on an index.
async fn rows(
    conn: &mut Conn,
    filter: &MemberFilter,
    page: PageRequest,
) -> Result<Vec<(MemberRow, AppBriefRow)>, StoreError> {
    let ids = ordered(matching(filter), filter.sort)
        .select(members::id)
        .limit(i64::from(page.size))
        .offset(i64::try_from(page.offset()).unwrap_or(i64::MAX));
    let views = members::table
        .inner_join(apps::table.on(apps::id.eq(members::app_id)))
        .filter(members::id.eq_any(ids))
        .select((MemberRow::as_select(), AppBriefRow::as_select()))
        .into_boxed::<Db>();
    let (created, modified) = (members::created_at, members::last_modified_at);
    let (id, app_user_id) = (members::id, members::app_user_id);
    match filter.sort {
        MemberSort::CreatedAtAsc => views.order((created.asc(), id.asc())),
        MemberSort::CreatedAtDesc => views.order((created.desc(), id.desc())),
        MemberSort::LastModifiedAtAsc => views.order((modified.asc(), id.asc())),
        MemberSort::LastModifiedAtDesc => views.order((modified.desc(), id.desc())),
        MemberSort::AppUserIdAsc => views.order((app_user_id.asc(), id.asc())),
        MemberSort::AppUserIdDesc => views.order((app_user_id.desc(), id.desc())),
    }
    .load(conn)
    .await
    .map_err(failed(WHAT))
}

type Boxed<'a> = members::BoxedQuery<'a, Db>;

fn matching(filter: &MemberFilter) -> Boxed<'_> {
    let mut found = members::table
        .filter(members::app_id.eq(filter.app.get()))
        .filter(members::state.eq(EntityState::Active.name()))
        .into_boxed();
    if let Some(id) = &filter.app_user_id {
        found = found.filter(members::app_user_id.eq(id));
    }
    if let Some(name) = &filter.app_user_name {
        found = found.filter(members::name.eq(name));
    }
    found
}

fn ordered(found: Boxed<'_>, sort: MemberSort) -> Boxed<'_> {
    let (created, modified) = (members::created_at, members::last_modified_at);
    let (id, app_user_id) = (members::id, members::app_user_id);
    match sort {
        MemberSort::CreatedAtAsc => found.order((created.asc(), id.asc())),
        MemberSort::CreatedAtDesc => found.order((created.desc(), id.desc())),
        MemberSort::LastModifiedAtAsc => found.order((modified.asc(), id.asc())),
        MemberSort::LastModifiedAtDesc => found.order((modified.desc(), id.desc())),
        MemberSort::AppUserIdAsc => found.order((app_user_id.asc(), id.asc())),
        MemberSort::AppUserIdDesc => found.order((app_user_id.desc(), id.desc())),
    }
}
