//! Whitelists of rooms.

use std::cmp::Reverse;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{EntityState, MemberId, Timestamp, VideoRoomId};
use ports::store::{MemberView, Page, PageRequest, StoreError, WhitelistRepository};

use super::UnitOfWork;
use super::tables::{Tables, dangling, page_of};

const WHAT: &str = "whitelist";

impl Tables {
    /// Who is on a room's whitelist, and since when.
    pub(super) fn whitelisted(&self, room: VideoRoomId) -> impl Iterator<Item = (MemberId, Timestamp)> {
        let all = (room, MemberId::new(i64::MIN))..=(room, MemberId::new(i64::MAX));
        self.whitelist.range(all).map(|((_, member), at)| (*member, **at))
    }

    fn can_be_whitelisted(&self, room: VideoRoomId, member: MemberId) -> bool {
        let room = self.video_rooms.get(&room);
        let member = self.members.get(&member);
        room.is_some_and(|room| room.value.record().entity_state == EntityState::Active)
            && member.is_some_and(|member| member.value.state == EntityState::Active)
    }
}

#[async_trait]
impl WhitelistRepository for UnitOfWork {
    async fn add(&mut self, room: VideoRoomId, member: MemberId, at: Timestamp) -> Result<(), StoreError> {
        let tables = self.tables_mut()?;
        if !tables.can_be_whitelisted(room, member) {
            return Err(StoreError::Stale { what: WHAT });
        }
        Arc::make_mut(&mut tables.whitelist)
            .entry((room, member))
            .or_insert(Arc::new(at));
        Ok(())
    }

    async fn remove(&mut self, room: VideoRoomId, member: MemberId) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.tables_mut()?.whitelist).remove(&(room, member));
        Ok(())
    }

    async fn has(&mut self, room: VideoRoomId, member: MemberId) -> Result<bool, StoreError> {
        Ok(self.tables().whitelist.contains_key(&(room, member)))
    }

    async fn among(
        &mut self,
        rooms: &[VideoRoomId],
        members: &[MemberId],
    ) -> Result<Vec<(VideoRoomId, MemberId)>, StoreError> {
        let listed = &self.tables().whitelist;
        let pairs = rooms
            .iter()
            .flat_map(|room| members.iter().map(move |member| (*room, *member)));
        Ok(pairs.filter(|pair| listed.contains_key(pair)).collect())
    }

    async fn list(&mut self, room: VideoRoomId, page: PageRequest) -> Result<Page<MemberView>, StoreError> {
        let tables = self.tables();
        let mut members: Vec<_> = tables.whitelisted(room).collect();
        members.sort_by_key(|(member, at)| Reverse((*at, *member)));
        page_of(members, page, |(member, _)| {
            let member = tables.members.get(&member).ok_or_else(|| dangling("member"))?;
            Ok(MemberView {
                member: member.value.clone(),
                app: tables.app_brief(member.value.app)?,
            })
        })
    }

    async fn forget(&mut self, member: MemberId) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.tables_mut()?.whitelist).retain(|(_, listed), _| *listed != member);
        Ok(())
    }
}
