//! Members: registered, registered again, and kept apart from those of other apps.

use application::{ErrorCode, RegisterMember};

use crate::world::{MEMBER, World, code};

#[tokio::test]
async fn registering_again_updates_the_fields_that_are_there_and_keeps_the_key() {
    let world = World::new().await;
    let secret = world.secret().await;
    let named = |name: &str, email: Option<&str>| RegisterMember {
        app_user_id: Some(MEMBER.into()),
        name: Some(name.into()),
        email: email.map(Into::into),
        ..Default::default()
    };
    let first = world
        .platform
        .register_member(world.app, named("a", Some("a@b")))
        .await
        .unwrap();
    let second = world
        .platform
        .register_member(world.app, named("b", None))
        .await
        .unwrap();
    assert_eq!(first.member.id, second.member.id);
    assert_eq!(
        second
            .member
            .profile
            .name
            .as_ref()
            .map(domain::AppUserName::as_str),
        Some("b")
    );
    assert_eq!(
        second.member.profile.email.as_ref().map(domain::Email::as_str),
        Some("a@b")
    );
    assert_eq!(world.secret().await, secret);
}

#[tokio::test]
async fn the_same_id_in_another_app_is_another_member() {
    let world = World::new().await;
    let other = world.other_app().await;
    assert_eq!(
        code(world.platform.get_member(other, MEMBER).await),
        ErrorCode::MemberNotFound
    );
    assert_eq!(
        code(world.platform.get_member_stream_key(other, MEMBER).await),
        ErrorCode::MemberNotFound
    );
    let room = world.room().await;
    assert_eq!(
        code(world.platform.get_video_room(other, room).await),
        ErrorCode::VideoRoomNotFound
    );
    assert_eq!(
        code(world.platform.start_broadcast(other, room).await),
        ErrorCode::VideoRoomNotFound
    );
    assert_eq!(
        code(world.platform.delete_video_room(other, room).await),
        ErrorCode::VideoRoomNotFound
    );
}

#[tokio::test]
async fn an_id_that_no_member_can_have_is_not_found_when_reading_and_refused_when_registering() {
    let world = World::new().await;
    assert_eq!(
        code(world.platform.get_member(world.app, "no/body").await),
        ErrorCode::MemberNotFound
    );
    let bad = |id: Option<&str>| RegisterMember {
        app_user_id: id.map(Into::into),
        ..Default::default()
    };
    assert_eq!(
        code(world.platform.register_member(world.app, bad(None)).await),
        ErrorCode::EmptyAppUserId
    );
    assert_eq!(
        code(
            world
                .platform
                .register_member(world.app, bad(Some("no/body")))
                .await
        ),
        ErrorCode::InvalidAppUserIdFormat
    );
}
