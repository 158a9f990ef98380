//! Pages of members: one query for the total, one for the rows.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::EntityState;
use futures_util::FutureExt;
use ports::store::{MemberFilter, MemberSort, MemberView, Page, PageRequest, StoreError};

use super::super::apps::AppBriefRow;
use super::super::dialect::Conn;
use super::super::page::on_page;
use super::super::schema::{apps, members};
use super::super::{Db, UnitOfWork, failed, matches_nothing};
use super::{MemberRow, WHAT, member_view};

impl UnitOfWork {
    pub(super) async fn list_members(
        &mut self,
        filter: MemberFilter,
        page: PageRequest,
    ) -> Result<Page<MemberView>, StoreError> {
        let remembered = self.remembered();
        self.long_running(move |conn| {
            async move {
                let mut total = 0;
                if !matches_nothing(&[&filter.app_user_id, &filter.app_user_name]) {
                    let name = format!(
                        "members {:?}",
                        MemberFilter {
                            sort: MemberSort::default(),
                            ..filter.clone()
                        }
                    );
                    let found = || matching(&filter).select(members::id);
                    total = remembered
                        .totals
                        .of(name, found, conn)
                        .await
                        .map_err(failed(WHAT))?;
                }
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

async fn rows(
    conn: &mut Conn,
    filter: &MemberFilter,
    page: PageRequest,
) -> Result<Vec<(MemberRow, AppBriefRow)>, StoreError> {
    let ids = ordered(matching(filter), filter.sort).select(members::id);
    let views = members::table
        .inner_join(apps::table.on(apps::id.eq(members::app_id)))
        .filter(on_page("members.id", ids, page))
        .select((MemberRow::as_select(), AppBriefRow::as_select()));
    let (created, modified) = (members::created_at, members::last_modified_at);
    let (id, app_user_id) = (members::id, members::app_user_id);
    match filter.sort {
        MemberSort::CreatedAtAsc => views.order((created.asc(), id.asc())).load(conn).await,
        MemberSort::CreatedAtDesc => views.order((created.desc(), id.desc())).load(conn).await,
        MemberSort::LastModifiedAtAsc => views.order((modified.asc(), id.asc())).load(conn).await,
        MemberSort::LastModifiedAtDesc => views.order((modified.desc(), id.desc())).load(conn).await,
        MemberSort::AppUserIdAsc => views.order((app_user_id.asc(), id.asc())).load(conn).await,
        MemberSort::AppUserIdDesc => views.order((app_user_id.desc(), id.desc())).load(conn).await,
    }
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
