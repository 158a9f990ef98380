//! Entities to try a store with.

use domain::{
    AccessLevel, App, AppId, AppName, AppUserId, EntityState, Member, MemberProfile, NewVideoRoom,
    PlaybackId, SessionId, StreamKey, StreamKeyId, StreamKeySecret, Timestamp, Title, User, VideoRoom,
    VideoRoomId, VideoRoomType, broadcast,
};
use ports::store::{Intent, Session, Store, UnitOfWork};

/// An instant, `micros` microseconds into the tests' calendar.
pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + micros)
}

/// The playback id of that number.
pub(super) fn playback_id(number: i64) -> PlaybackId {
    PlaybackId::parse(&format!("{number:026}")).expect("26 digits are a playback id")
}

pub(super) async fn read(store: &dyn Store) -> Box<dyn UnitOfWork> {
    store.begin(Intent::Read).await.expect("a read begins")
}

pub(super) async fn write(store: &dyn Store) -> Box<dyn UnitOfWork> {
    store.begin(Intent::Write).await.expect("a write begins")
}

/// A user of that name.
pub(super) async fn insert_user(work: &mut dyn UnitOfWork, username: &str) -> User {
    let user = User {
        id: work.apps().next_user_id().await.unwrap(),
        state: EntityState::Active,
        username: username.to_owned(),
        email: format!("{username}@example.com"),
    };
    work.apps().insert_user(&user).await.unwrap();
    user
}

/// An app of that name, with an owner of its own.
pub(super) struct Tenant {
    pub(super) owner: User,
    pub(super) app: App,
}

pub(super) async fn tenant(store: &dyn Store, name: &str) -> Tenant {
    let mut work = write(store).await;
    let owner = insert_user(work.as_mut(), &format!("{name}-owner")).await;
    let app = App {
        id: work.apps().next_id().await.unwrap(),
        state: EntityState::Active,
        name: AppName::new(name).unwrap(),
        owner: owner.id,
        created_at: at(0),
    };
    work.apps().insert(&app).await.unwrap();
    work.commit().await.unwrap();
    Tenant { owner, app }
}

/// A member without a profile, not stored yet.
pub(super) async fn new_member(work: &mut dyn UnitOfWork, app: AppId, app_user_id: &str) -> Member {
    Member {
        id: work.members().next_id().await.unwrap(),
        app,
        state: EntityState::Active,
        app_user_id: AppUserId::new(app_user_id).unwrap(),
        profile: MemberProfile::default(),
        created_at: at(1),
        last_modified_at: at(2),
    }
}

/// A member and its key.
pub(super) struct Broadcaster {
    pub(super) member: Member,
    pub(super) key: StreamKey,
}

impl Broadcaster {
    pub(super) fn key_id(&self) -> StreamKeyId {
        self.key.record().id
    }
}

pub(super) async fn broadcaster(store: &dyn Store, app: AppId, app_user_id: &str) -> Broadcaster {
    let mut work = write(store).await;
    let member = new_member(work.as_mut(), app, app_user_id).await;
    work.members().insert(&member).await.unwrap();
    let id = work.stream_keys().next_id().await.unwrap();
    let secret = StreamKeySecret::new(format!("secret-{id}"));
    let key = StreamKey::new(id, app, member.id, secret, at(1));
    work.stream_keys().insert(&key).await.unwrap();
    work.commit().await.unwrap();
    Broadcaster { member, key }
}

/// A room by RTMP of that title, not stored yet.
pub(super) async fn new_room(
    work: &mut dyn UnitOfWork,
    member: &Member,
    title: &str,
    micros: i64,
) -> VideoRoom {
    let wanted = NewVideoRoom {
        kind: VideoRoomType::BroadcastRtmp,
        title: Title::new(title).unwrap(),
        description: None,
        access_level: AccessLevel::Public,
        scheduled_at: Some(at(100)),
    };
    let id = work.video_rooms().next_id().await.unwrap();
    VideoRoom::new(
        id,
        member.app,
        member.id,
        wanted,
        format!("channel{id}"),
        at(micros),
    )
    .unwrap()
}

pub(super) async fn room(store: &dyn Store, member: &Member, title: &str, micros: i64) -> VideoRoom {
    let mut work = write(store).await;
    let room = new_room(work.as_mut(), member, title, micros).await;
    work.video_rooms().insert(&room).await.unwrap();
    work.commit().await.unwrap();
    room
}

/// Changes a key and a room as `rule` says, in one unit of work.
pub(super) async fn change(
    store: &dyn Store,
    app: AppId,
    key: StreamKeyId,
    room: VideoRoomId,
    rule: impl FnOnce(&mut StreamKey, &mut VideoRoom),
) {
    let mut work = write(store).await;
    let mut key = work
        .stream_keys()
        .get(key)
        .await
        .unwrap()
        .expect("the key is there");
    let mut room = work
        .video_rooms()
        .get(app, room)
        .await
        .unwrap()
        .expect("the room is there");
    rule(&mut key.value, &mut room.value);
    work.video_rooms().update(&room).await.unwrap();
    work.stream_keys().update(&key).await.unwrap();
    work.commit().await.unwrap();
}

/// Lets a publisher in with the key, under a preview id of the session's number.
pub(super) fn publish(key: &mut StreamKey, session: SessionId) {
    let new = broadcast::NewSession {
        id: session,
        preview: playback_id(session.get()),
        mode: None,
    };
    broadcast::ingest_started(key, new, at(10)).unwrap();
    let changes = broadcast::became_playable(key, None, session, at(11));
    assert_eq!(changes.events.len(), 1, "the key has become playable");
}

/// A room of the broadcaster's that is on air, with the key that it is on air with. Its playback id is that of
/// `number`, its session's number is one more.
pub(super) async fn on_air(store: &dyn Store, by: &Broadcaster, number: i64) -> VideoRoom {
    let made = room(store, &by.member, "on air", 5).await;
    let id = made.record().id;
    change(store, by.member.app, by.key_id(), id, |key, room| {
        publish(key, SessionId::new(number + 1));
        broadcast::start(room, Some(key), playback_id(number), at(12)).unwrap();
    })
    .await;
    let found = read(store).await.video_rooms().get(by.member.app, id).await;
    found.unwrap().expect("the room is there").value
}

/// A session of that number.
pub(super) fn session(number: i64, by: &Broadcaster, node: &str, micros: i64) -> Session {
    Session {
        id: SessionId::new(number),
        app: by.member.app,
        stream_key: by.key_id(),
        node: node.to_owned(),
        started_at: at(micros),
    }
}
