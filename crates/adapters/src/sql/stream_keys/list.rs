//! Pages of stream keys: one query for the total, one for the rows.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::EntityState;
use futures_util::FutureExt;
use ports::store::{Page, PageRequest, StoreError, StreamKeyFilter, StreamKeyView};

use super::super::apps::AppBriefRow;
use super::super::dialect::Conn;
use super::super::members::MemberBriefRow;
use super::super::page::on_page;
use super::super::schema::{apps, members, stream_keys, video_rooms};
use super::super::video_rooms::VideoRoomBriefRow;
use super::super::{Db, UnitOfWork, failed, matches_nothing};
use super::{StreamKeyRow, ViewRow, WHAT, view};

impl UnitOfWork {
    pub(super) async fn list_stream_keys(
        &mut self,
        filter: StreamKeyFilter,
        page: PageRequest,
    ) -> Result<Page<StreamKeyView>, StoreError> {
        let remembered = self.remembered();
        self.long_running(move |conn| {
            async move {
                let mut total = 0;
                if !matches_nothing(&[&filter.app_user_id, &filter.app_user_name]) {
                    let name = format!("keys {filter:?}");
                    let found = || matching(&filter).select(stream_keys::id);
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
                let items = rows.into_iter().map(view).collect::<Result<_, _>>()?;
                Ok(Page { items, total })
            }
            .boxed()
        })
        .await
    }
}

async fn rows(
    conn: &mut Conn,
    filter: &StreamKeyFilter,
    page: PageRequest,
) -> Result<Vec<ViewRow>, StoreError> {
    let ids = matching(filter)
        .order((stream_keys::created_at.desc(), stream_keys::id.desc()))
        .select(stream_keys::id);
    stream_keys::table
        .inner_join(apps::table.on(apps::id.eq(stream_keys::app_id)))
        .inner_join(members::table.on(members::id.eq(stream_keys::member_id)))
        .left_join(video_rooms::table.on(stream_keys::video_room_id.eq(video_rooms::id.nullable())))
        .filter(on_page("stream_keys.id", ids, page))
        .order((stream_keys::created_at.desc(), stream_keys::id.desc()))
        .select((
            StreamKeyRow::as_select(),
            AppBriefRow::as_select(),
            MemberBriefRow::as_select(),
            Option::<VideoRoomBriefRow>::as_select(),
        ))
        .load(conn)
        .await
        .map_err(failed(WHAT))
}

/// What a key's member is asked by is answered by an inner query on the members' own indexes.
fn matching(filter: &StreamKeyFilter) -> stream_keys::BoxedQuery<'_, Db> {
    let mut keys = stream_keys::table
        .filter(stream_keys::app_id.eq(filter.app.get()))
        .filter(stream_keys::entity_state.eq(EntityState::Active.name()))
        .into_boxed();
    if let Some(member) = filter.member {
        keys = keys.filter(stream_keys::member_id.eq(member.get()));
    }
    if let Some(room) = filter.video_room {
        keys = keys.filter(stream_keys::video_room_id.eq(room.get()));
    }
    let of_app = || {
        members::table
            .filter(members::app_id.eq(filter.app.get()))
            .filter(members::state.eq(EntityState::Active.name()))
            .select(members::id)
    };
    if let Some(id) = &filter.app_user_id {
        keys = keys.filter(stream_keys::member_id.eq_any(of_app().filter(members::app_user_id.eq(id))));
    }
    if let Some(name) = &filter.app_user_name {
        keys = keys.filter(stream_keys::member_id.eq_any(of_app().filter(members::name.eq(name))));
    }
    keys
}
