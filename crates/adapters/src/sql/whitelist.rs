//! Whitelists of rooms. A room's row counts those who are on its list, so that showing the count costs nothing.
//!
//! Whoever changes what a member is on holds the member's key: a change of one list and the deletion of the member
//! come one after the other, and each counts what the other has left.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{EntityState, MemberId, Timestamp, VideoRoomId};
use futures_util::FutureExt;
use ports::store::{MemberView, Page, PageRequest, StoreError, WhitelistRepository};

use super::apps::AppBriefRow;
use super::dialect::Conn;
use super::members::{MemberRow, member_view};
use super::schema::{apps, members, video_rooms, whitelist};
use super::{UnitOfWork, dialect, failed, hit_one, stamp};
use crate::held::Held;

const WHAT: &str = "whitelist";

#[async_trait]
impl WhitelistRepository for UnitOfWork {
    async fn add(&mut self, room: VideoRoomId, member: MemberId, at: Timestamp) -> Result<(), StoreError> {
        let conn = self.conn();
        dialect::hold(conn, Held::KeyOf(member)).await?;
        let there: i64 = members::table
            .find(member.get())
            .filter(members::state.eq(EntityState::Active.name()))
            .count()
            .get_result(conn)
            .await
            .map_err(failed(WHAT))?;
        if there == 0 {
            return Err(StoreError::Stale { what: WHAT });
        }
        let added = diesel::insert_into(whitelist::table)
            .values((
                whitelist::video_room_id.eq(room.get()),
                whitelist::member_id.eq(member.get()),
                whitelist::added_at.eq(stamp(at)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
            .map_err(failed(WHAT))?;
        if added == 0 {
            return Ok(());
        }
        hit_one(WHAT, count(conn, room, 1).await?)
    }

    async fn remove(&mut self, room: VideoRoomId, member: MemberId) -> Result<(), StoreError> {
        let conn = self.conn();
        dialect::hold(conn, Held::KeyOf(member)).await?;
        let removed = diesel::delete(whitelist::table.find((room.get(), member.get())))
            .execute(conn)
            .await
            .map_err(failed(WHAT))?;
        if removed > 0 {
            count(conn, room, -1).await?;
        }
        Ok(())
    }

    async fn has(&mut self, room: VideoRoomId, member: MemberId) -> Result<bool, StoreError> {
        let found: i64 = whitelist::table
            .find((room.get(), member.get()))
            .count()
            .get_result(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(found > 0)
    }

    async fn among(
        &mut self,
        rooms: &[VideoRoomId],
        members: &[MemberId],
    ) -> Result<Vec<(VideoRoomId, MemberId)>, StoreError> {
        let mut found = Vec::new();
        // Together no more than a statement may have.
        for rooms in rooms.chunks(dialect::MAX_IDS / 2) {
            for members in members.chunks(dialect::MAX_IDS / 2) {
                let rows: Vec<(i64, i64)> = whitelist::table
                    .filter(whitelist::video_room_id.eq_any(rooms.iter().map(|room| room.get())))
                    .filter(whitelist::member_id.eq_any(members.iter().map(|member| member.get())))
                    .select((whitelist::video_room_id, whitelist::member_id))
                    .load(self.conn())
                    .await
                    .map_err(failed(WHAT))?;
                let pair = |(room, member)| (VideoRoomId::new(room), MemberId::new(member));
                found.extend(rows.into_iter().map(pair));
            }
        }
        Ok(found)
    }

    async fn list(&mut self, room: VideoRoomId, page: PageRequest) -> Result<Page<MemberView>, StoreError> {
        self.long_running(move |conn| {
            async move {
                let total = total(conn, room).await?;
                let rows = if page.offset() < total {
                    rows(conn, room, page).await?
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

    async fn forget(&mut self, member: MemberId) -> Result<(), StoreError> {
        let conn = self.conn();
        dialect::hold(conn, Held::KeyOf(member)).await?;
        let lists = whitelist::table
            .filter(whitelist::member_id.eq(member.get()))
            .select(whitelist::video_room_id);
        diesel::update(video_rooms::table.filter(video_rooms::id.eq_any(lists)))
            .set(video_rooms::whitelist_count.eq(video_rooms::whitelist_count - 1))
            .execute(conn)
            .await
            .map_err(failed(WHAT))?;
        diesel::delete(whitelist::table.filter(whitelist::member_id.eq(member.get())))
            .execute(conn)
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}

/// Counts `more` on the list of a room that is there; answers how many such rooms there are.
async fn count(conn: &mut Conn, room: VideoRoomId, more: i64) -> Result<usize, StoreError> {
    diesel::update(video_rooms::table.find(room.get()))
        .filter(video_rooms::entity_state.eq(EntityState::Active.name()))
        .set(video_rooms::whitelist_count.eq(video_rooms::whitelist_count + more))
        .execute(conn)
        .await
        .map_err(failed(WHAT))
}

async fn total(conn: &mut Conn, room: VideoRoomId) -> Result<u64, StoreError> {
    let total: Option<i64> = video_rooms::table
        .find(room.get())
        .select(video_rooms::whitelist_count)
        .get_result(conn)
        .await
        .optional()
        .map_err(failed(WHAT))?;
    Ok(u64::try_from(total.unwrap_or(0)).unwrap_or(0))
}

async fn rows(
    conn: &mut Conn,
    room: VideoRoomId,
    page: PageRequest,
) -> Result<Vec<(MemberRow, AppBriefRow)>, StoreError> {
    whitelist::table
        .inner_join(members::table.on(members::id.eq(whitelist::member_id)))
        .inner_join(apps::table.on(apps::id.eq(members::app_id)))
        .filter(whitelist::video_room_id.eq(room.get()))
        .select((MemberRow::as_select(), AppBriefRow::as_select()))
        .order((whitelist::added_at.desc(), whitelist::member_id.desc()))
        .limit(i64::from(page.size))
        .offset(i64::try_from(page.offset()).unwrap_or(i64::MAX))
        .load(conn)
        .await
        .map_err(failed(WHAT))
}
