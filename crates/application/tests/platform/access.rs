//! Who may watch a room of each access level, and how a token becomes a grant.

use std::sync::Arc;

use adapters::{Jwt, memory};
use application::{AppError, Entry, ErrorCode, LoginTokens, RegisterMember, Ticket, UpdateVideoRoom};
use domain::{AccessLevel, AppId, PlaybackId, Timestamp, VideoRoomId};
use ports::media::Directives;
use ports::store::{Intent, PageRequest, Playback, Store};
use ports::{Claims, PathGrant, Subject, TokenKind, TokenSecret, Tokens};

use crate::world::{MEMBER, World, code};

const FIRST: PageRequest = PageRequest { page: 0, size: 10 };

/// A room on air, under its playback id.
struct Stage {
    world: World,
    room: VideoRoomId,
    id: PlaybackId,
    _publisher: adapters::scripted::Publisher,
}

impl Stage {
    async fn new() -> Self {
        Self::on(Arc::new(memory::Store::default())).await
    }

    async fn on(store: Arc<dyn Store>) -> Self {
        let world = World::on(store).await;
        let (room, publisher) = world.on_air().await;
        let view = world.platform.get_video_room(world.app, room).await.unwrap();
        Self {
            world,
            room,
            id: view.room.playback.unwrap(),
            _publisher: publisher,
        }
    }

    async fn level(&self, level: AccessLevel) {
        let wanted = UpdateVideoRoom {
            access_level: Some(level),
            ..Default::default()
        };
        self.world
            .platform
            .update_video_room(self.world.app, self.room, wanted)
            .await
            .unwrap();
    }

    async fn playback(&self) -> Playback {
        self.world.platform.resolve(&self.id).await.unwrap()
    }

    async fn log_in(&self, app: AppId, member: &str) -> LoginTokens {
        let wanted = RegisterMember {
            app_user_id: Some(member.into()),
            ..Default::default()
        };
        self.world.platform.log_member_in(app, wanted).await.unwrap()
    }

    async fn enter(&self, token: &str) -> Result<Entry, AppError> {
        let ticket = Ticket {
            grant: None,
            token: Some(token.to_owned()),
        };
        let playback = self.playback().await;
        self.world.platform.enter(&self.id, &playback, &ticket).await
    }

    async fn grant(&self, token: &str) -> PathGrant {
        match self.enter(token).await.unwrap() {
            Entry::Through(grant) => grant,
            Entry::Here => panic!("the room is open"),
        }
    }

    async fn show(&self, grant: PathGrant) -> Result<Entry, AppError> {
        let ticket = Ticket {
            grant: Some(grant),
            token: None,
        };
        let playback = self.playback().await;
        let known = self.world.platform.entered(&self.id, &playback, &ticket);
        known.expect("a grant is judged at once")
    }

    async fn list(&self, member: &str) {
        self.world
            .platform
            .add_to_whitelist(self.world.app, self.room, member)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn each_level_lets_in_whom_it_says() {
    let stage = Stage::new().await;
    let (world, app) = (&stage.world, stage.world.app);
    let owner = stage.log_in(app, MEMBER).await.streaming;
    let listed = stage.log_in(app, "listed").await.streaming;
    let member = stage.log_in(app, "member").await.streaming;
    let guest = world.platform.log_guest_in(app).await.unwrap().streaming;
    let whole_app = world.platform.issue_streaming_token(app).await.unwrap();
    stage.list("listed").await;
    // Who may: the app's token, the owner, a listed member, another member, a guest.
    for (level, expected) in [
        (AccessLevel::App, [true, true, true, true, true]),
        (AccessLevel::Member, [true, true, true, true, false]),
        (AccessLevel::Restricted, [true, true, true, false, false]),
        (AccessLevel::Private, [true, true, false, false, false]),
        (AccessLevel::Friend, [true, true, false, false, false]),
        (AccessLevel::Follower, [true, true, false, false, false]),
    ] {
        stage.level(level).await;
        let tokens = [&whole_app, &owner, &listed, &member, &guest];
        for (token, may) in tokens.into_iter().zip(expected) {
            let entered = stage.enter(token).await;
            if may {
                assert!(matches!(entered, Ok(Entry::Through(_))), "{level:?}: {entered:?}");
            } else {
                assert_eq!(code(entered), ErrorCode::StreamingNotAllowed, "{level:?}");
            }
        }
    }
    stage.level(AccessLevel::Public).await;
    for token in [guest.as_str(), "nonsense"] {
        assert_eq!(stage.enter(token).await.unwrap(), Entry::Here);
    }
}

#[tokio::test]
async fn a_token_of_another_kind_or_app_or_of_nobody_opens_nothing() {
    let store = Arc::new(memory::Store::default());
    let stage = Stage::on(store.clone()).await;
    stage.level(AccessLevel::App).await;
    let tokens = stage.log_in(stage.world.app, "member").await;
    let other_app = stage.world.other_app().await;
    let foreign = stage.log_in(other_app, "member").await.streaming;
    let foreign_app = stage
        .world
        .platform
        .issue_streaming_token(other_app)
        .await
        .unwrap();
    let mut work = store.begin(Intent::Read).await.unwrap();
    let secret = work.settings().get("auth.token_secret").await.unwrap().unwrap();
    let expired = Claims {
        kind: TokenKind::Streaming,
        app: stage.world.app,
        subject: Subject::App,
        issued_at: Timestamp::from_micros(0),
        expires_at: Timestamp::from_micros(1_700_000_000_000_000),
    };
    let expired = Jwt.sign(&TokenSecret::new(secret), &expired);
    for token in [
        &tokens.access,
        &tokens.refresh,
        &foreign,
        &foreign_app,
        &expired,
        &"x".repeat(100_000),
        "..",
    ] {
        assert_eq!(
            code(stage.enter(token).await),
            ErrorCode::InvalidStreamingToken,
            "{token}"
        );
    }
    stage.enter(&tokens.streaming).await.unwrap();
    stage
        .world
        .platform
        .delete_members(stage.world.app, &["member"])
        .await
        .unwrap();
    assert_eq!(
        code(stage.enter(&tokens.streaming).await),
        ErrorCode::InvalidStreamingToken
    );
    stage.log_in(stage.world.app, "member").await;
    assert_eq!(
        code(stage.enter(&tokens.streaming).await),
        ErrorCode::InvalidStreamingToken,
        "it is another member"
    );
}

#[tokio::test]
async fn everybody_has_the_same_grant_and_a_change_of_the_level_voids_it() {
    let stage = Stage::new().await;
    stage.level(AccessLevel::Restricted).await;
    let owner = stage.log_in(stage.world.app, MEMBER).await.streaming;
    let whole_app = stage
        .world
        .platform
        .issue_streaming_token(stage.world.app)
        .await
        .unwrap();
    let first = stage.grant(&owner).await;
    let second = stage.grant(&whole_app).await;
    // The hour may have turned in between.
    assert!(first == second || first.hour() + 1 == second.hour());
    let left = first.expires_at().micros() - ports::Clock::now(&adapters::SystemClock).micros();
    assert!(
        (23 * 3_600_000_000..=25 * 3_600_000_000).contains(&left),
        "{left}"
    );
    assert_eq!(stage.show(first).await.unwrap(), Entry::Here);

    stage.level(AccessLevel::Private).await;
    assert_eq!(code(stage.show(first).await), ErrorCode::InvalidStreamingToken);
    let again = stage.grant(&owner).await;
    assert_eq!(stage.show(again).await.unwrap(), Entry::Here);
    stage.level(AccessLevel::Public).await;
    assert_eq!(
        stage.show(first).await.unwrap(),
        Entry::Here,
        "nobody is shut out"
    );
}

#[tokio::test]
async fn a_grant_that_has_expired_or_was_made_up_is_refused_and_a_token_beside_it_counts() {
    let store = Arc::new(memory::Store::default());
    let stage = Stage::on(store.clone()).await;
    stage.level(AccessLevel::App).await;
    let guest = stage.world.platform.log_guest_in(stage.world.app).await.unwrap();
    let good = stage.grant(&guest.streaming).await;
    let mut work = store.begin(Intent::Read).await.unwrap();
    let secret = work.settings().get("auth.token_secret").await.unwrap().unwrap();
    let expired = Jwt.grant(&TokenSecret::new(secret), &stage.id, AccessLevel::App, 472_222);
    for bad in [
        expired,
        PathGrant::new(good.hour() + 1, *good.code()),
        PathGrant::new(u32::MAX, [0; 16]),
    ] {
        assert_eq!(code(stage.show(bad).await), ErrorCode::InvalidStreamingToken);
        let ticket = Ticket {
            grant: Some(bad),
            token: Some(guest.streaming.clone()),
        };
        let playback = stage.playback().await;
        let entered = stage.world.platform.enter(&stage.id, &playback, &ticket).await;
        assert!(matches!(entered, Ok(Entry::Through(_))), "{entered:?}");
    }
}

#[tokio::test]
async fn without_a_token_a_room_that_is_not_public_is_closed() {
    let stage = Stage::new().await;
    stage.level(AccessLevel::App).await;
    let playback = stage.playback().await;
    let known = stage
        .world
        .platform
        .entered(&stage.id, &playback, &Ticket::default());
    assert_eq!(code(known.unwrap()), ErrorCode::EmptyStreamingToken);
}

#[tokio::test(start_paused = true)]
async fn under_a_grant_a_thousand_requests_ask_the_store_nothing() {
    let stage = Stage::new().await;
    stage.level(AccessLevel::Restricted).await;
    let owner = stage.log_in(stage.world.app, MEMBER).await.streaming;
    let ticket = Ticket {
        grant: Some(stage.grant(&owner).await),
        token: None,
    };
    let platform = &stage.world.platform;
    let playback = stage.playback().await;
    stage.world.outage.begins();
    for _ in 0..1_000 {
        let playback = platform.resolved(&stage.id).unwrap().unwrap();
        let entered = platform.entered(&stage.id, &playback, &ticket);
        assert_eq!(entered.unwrap().unwrap(), Entry::Here);
        platform
            .play(&playback, "index.m3u8", Directives::default())
            .await
            .unwrap();
    }
    assert_eq!(
        code(stage.enter_with(&playback, &owner).await),
        ErrorCode::ServiceUnavailable,
        "a member's token is looked up"
    );
    let whole_app = platform.issue_streaming_token(stage.world.app).await.unwrap();
    stage.enter_with(&playback, &whole_app).await.unwrap();
}

impl Stage {
    async fn enter_with(&self, playback: &Playback, token: &str) -> Result<Entry, AppError> {
        let ticket = Ticket {
            grant: None,
            token: Some(token.to_owned()),
        };
        self.world.platform.enter(&self.id, playback, &ticket).await
    }
}

#[tokio::test]
async fn a_whitelist_is_of_members_and_rooms_that_are_there() {
    let stage = Stage::new().await;
    let (platform, app, room) = (&stage.world.platform, stage.world.app, stage.room);
    stage.world.register("a").await;
    let other_app = stage.world.other_app().await;
    for _ in 0..2 {
        platform.add_to_whitelist(app, room, "a").await.unwrap();
    }
    for (app, room, member, expected) in [
        (app, room, "b", ErrorCode::MemberNotFound),
        (app, room, "가 나", ErrorCode::MemberNotFound),
        (app, VideoRoomId::new(999), "b", ErrorCode::VideoRoomNotFound),
        (other_app, room, "a", ErrorCode::VideoRoomNotFound),
    ] {
        assert_eq!(code(platform.add_to_whitelist(app, room, member).await), expected);
        assert_eq!(
            code(platform.remove_from_whitelist(app, room, member).await),
            expected
        );
    }
    assert_eq!(
        code(platform.list_whitelist(other_app, room, FIRST).await),
        ErrorCode::VideoRoomNotFound
    );
    let count = async || platform.get_video_room(app, room).await.unwrap().whitelist_count;
    assert_eq!(platform.list_whitelist(app, room, FIRST).await.unwrap().total, 1);
    assert_eq!(count().await, 1);
    platform.delete_members(app, &["a"]).await.unwrap();
    assert_eq!(platform.list_whitelist(app, room, FIRST).await.unwrap().total, 0);
    assert_eq!(count().await, 0);
    platform.delete_video_room(app, room).await.unwrap();
    assert_eq!(
        code(platform.list_whitelist(app, room, FIRST).await),
        ErrorCode::VideoRoomNotFound
    );
}
