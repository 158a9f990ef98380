//! The tables: ordered maps that are copied when a unit of work first writes to one.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{
    ApiKeyId, App, AppId, EntityState, Member, MemberId, SessionId, StreamKey, StreamKeyId, Timestamp, User,
    UserId, VideoRoom, VideoRoomId,
};
use ports::media::Health;
use ports::store::{
    ApiKey, AppBrief, Callback, CallbackLease, Delivery, DoneRequest, MemberBrief, Node, Page, PageRequest,
    Session, StoreError, StreamKeyBrief, Versioned, VideoRoomView,
};

use tokio::time::Instant;

use super::events::Feed;

/// Rows by their key.
pub(super) type Table<K, V> = Arc<BTreeMap<K, Arc<V>>>;

/// Everything that is stored.
#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) users: Table<UserId, User>,
    pub(super) apps: Table<AppId, App>,
    pub(super) api_keys: Table<ApiKeyId, ApiKeyRow>,
    pub(super) members: Table<MemberId, Versioned<Member>>,
    pub(super) stream_keys: Table<StreamKeyId, Versioned<StreamKey>>,
    pub(super) video_rooms: Table<VideoRoomId, Versioned<VideoRoom>>,
    /// When which member was put on a room's whitelist.
    pub(super) whitelist: Table<(VideoRoomId, MemberId), Timestamp>,
    pub(super) sessions: Table<SessionId, SessionRow>,
    pub(super) nodes: Table<String, NodeRow>,
    pub(super) ingest_health: Table<SessionId, (Health, Timestamp)>,
    pub(super) settings: Table<String, String>,
    pub(super) done_requests: Table<(AppId, String), DoneRequest>,
    pub(super) callbacks: Table<AppId, CallbackRow>,
    pub(super) deliveries: Table<(AppId, i64), Delivery>,
    pub(super) events: Arc<BTreeMap<AppId, Feed>>,
    pub(super) last_ids: LastIds,
}

#[derive(Clone, Copy, Default)]
pub(super) struct LastIds {
    pub(super) user: i64,
    pub(super) app: i64,
    pub(super) member: i64,
    pub(super) stream_key: i64,
    pub(super) video_room: i64,
}

/// The number after `last`, which it then is.
pub(super) fn next(last: &mut i64) -> i64 {
    *last += 1;
    *last
}

#[derive(Clone)]
pub(super) struct ApiKeyRow {
    pub(super) key: ApiKey,
    pub(super) revoked: bool,
}

impl ApiKeyRow {
    /// Whether the key opens something.
    pub(super) fn opens(&self, tables: &Tables) -> bool {
        let app = tables.apps.get(&self.key.app);
        !self.revoked && app.is_some_and(|app| app.state == EntityState::Active)
    }
}

#[derive(Clone)]
pub(super) struct CallbackRow {
    pub(super) callback: Callback,
    pub(super) lease: CallbackLease,
}

#[derive(Clone)]
pub(super) struct SessionRow {
    pub(super) session: Session,
    pub(super) disconnect: bool,
    pub(super) closed_at: Option<Timestamp>,
    /// By the store's own clock.
    pub(super) silent_since: Option<Instant>,
}

/// A node's lease, by the store's own clock.
#[derive(Clone)]
pub(super) struct NodeRow {
    pub(super) node: Node,
    pub(super) unbroken_since: Instant,
    pub(super) expires_at: Instant,
}

/// Adds a row, unless there is one of that key.
pub(super) fn insert<K: Ord + Clone, V>(
    table: &mut Table<K, V>,
    what: &'static str,
    key: K,
    row: V,
) -> Result<(), StoreError> {
    if table.contains_key(&key) {
        return Err(StoreError::AlreadyExists { what });
    }
    Arc::make_mut(table).insert(key, Arc::new(row));
    Ok(())
}

/// Replaces a row that still has the version it was read with.
pub(super) fn update<K: Ord + Clone, V: Clone>(
    table: &mut Table<K, Versioned<V>>,
    what: &'static str,
    key: &K,
    row: &Versioned<V>,
) -> Result<(), StoreError> {
    if table.get(key).is_none_or(|stored| stored.version != row.version) {
        return Err(StoreError::Stale { what });
    }
    let next = Versioned {
        value: row.value.clone(),
        version: row.version + 1,
    };
    Arc::make_mut(table).insert(key.clone(), Arc::new(next));
    Ok(())
}

/// The rows of a page, each as `view` shows it, and how many there are in all.
pub(super) fn page_of<R, V>(
    rows: Vec<R>,
    page: PageRequest,
    view: impl Fn(R) -> Result<V, StoreError>,
) -> Result<Page<V>, StoreError> {
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let items = rows.into_iter().skip(skipped).take(size).map(view);
    Ok(Page {
        items: items.collect::<Result<_, _>>()?,
        total,
    })
}

impl Tables {
    pub(super) fn app_brief(&self, id: AppId) -> Result<AppBrief, StoreError> {
        let app = self.apps.get(&id).ok_or_else(|| dangling("app"))?;
        Ok(AppBrief {
            id: app.id,
            state: app.state,
            name: app.name.as_str().to_owned(),
        })
    }

    pub(super) fn member_brief(&self, id: MemberId) -> Result<MemberBrief, StoreError> {
        let member = &self.members.get(&id).ok_or_else(|| dangling("member"))?.value;
        Ok(MemberBrief {
            id: member.id,
            state: member.state,
            app_user_id: member.app_user_id.as_str().to_owned(),
            name: member.profile.name.as_ref().map(|name| name.as_str().to_owned()),
            img_url: member.profile.img_url.as_ref().map(|url| url.as_str().to_owned()),
        })
    }

    pub(super) fn key_bound_to(&self, room: VideoRoomId) -> Option<&Versioned<StreamKey>> {
        self.stream_keys
            .values()
            .map(AsRef::as_ref)
            .find(|key| key.value.record().video_room == Some(room))
    }

    pub(super) fn key_of(&self, member: MemberId) -> Option<&Versioned<StreamKey>> {
        self.stream_keys
            .values()
            .map(AsRef::as_ref)
            .find(|key| key.value.record().member == member)
    }

    pub(super) fn room_view(&self, room: &VideoRoom) -> Result<VideoRoomView, StoreError> {
        let record = room.record();
        let owner = self
            .apps
            .get(&record.app)
            .and_then(|app| self.users.get(&app.owner));
        Ok(VideoRoomView {
            room: record.clone(),
            app: self.app_brief(record.app)?,
            owner: owner.ok_or_else(|| dangling("user"))?.as_ref().clone(),
            member: self.member_brief(record.member)?,
            stream_key: self.key_bound_to(record.id).map(|key| {
                let key = key.value.record();
                StreamKeyBrief {
                    id: key.id,
                    entity_state: key.entity_state,
                    state: key.state,
                    mode: key.effective_mode(),
                }
            }),
            whitelist_count: u64::try_from(self.whitelisted(record.id).count()).unwrap_or(u64::MAX),
        })
    }
}

/// Something refers to a row that is not there.
pub(super) fn dangling(what: &'static str) -> StoreError {
    StoreError::corrupt(what, "something refers to it, and it is not there")
}
