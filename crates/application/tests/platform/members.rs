//! Members: registered, registered again, and kept apart from those of other apps.

use application::{ErrorCode, Patch, RegisterMember, UpdateMember};
use domain::{AppUserName, EntityState, StreamKeyState as Key, VideoRoomState as Room};
use ports::media::Cause;
use ports::store::{MemberFilter, PageRequest};

use crate::world::{MEMBER, World, code, until};

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

#[tokio::test]
async fn a_change_keeps_clears_and_sets_what_it_names() {
    let world = World::new().await;
    let wanted = UpdateMember {
        name: Patch::Set("a".into()),
        email: Patch::Set("a@b".into()),
        ..Default::default()
    };
    let update = async |wanted| world.platform.update_member(world.app, MEMBER, wanted).await;
    update(wanted).await.unwrap();
    let wanted = UpdateMember {
        email: Patch::Clear,
        ..Default::default()
    };
    let member = update(wanted).await.unwrap().member;
    assert_eq!(member.profile.name, AppUserName::new("a").ok());
    assert_eq!(member.profile.email, None);
    let same = update(UpdateMember::default()).await.unwrap().member;
    assert_eq!(same, member, "a wish for nothing");
    let nobody = world
        .platform
        .update_member(world.app, "nobody", UpdateMember::default());
    assert_eq!(code(nobody.await), ErrorCode::MemberNotFound);
}

#[tokio::test]
async fn deleting_a_member_on_air_ends_the_room_and_sends_the_publisher_off() {
    let world = World::new().await;
    let scheduled = world.room().await;
    let (room, publisher) = world.on_air().await;
    let secret = world.secret().await;
    world.register("2").await;
    let ids = ["nobody", "no/body", MEMBER, "", MEMBER];
    world.platform.delete_members(world.app, &ids).await.unwrap();

    let view = world.platform.get_video_room(world.app, room).await.unwrap();
    assert_eq!(
        (view.room.state, view.room.forcibly_terminated),
        (Room::Ended, true)
    );
    assert_eq!(view.member.state, EntityState::Deleted);
    until("the publisher to be sent off", async || {
        world.script.cause(publisher.session()) == Some(Cause::Terminated)
    })
    .await;
    assert_eq!(
        code(world.platform.get_member_stream_key(world.app, MEMBER).await),
        ErrorCode::MemberNotFound
    );
    let verdict = world.script.knock(&secret).verdict().await;
    assert!(
        matches!(verdict, adapters::scripted::Verdict::Rejected(_)),
        "{verdict:?}"
    );
    let page = PageRequest { page: 0, size: 10 };
    let left = world
        .platform
        .list_members(MemberFilter::all(world.app), page)
        .await;
    assert_eq!(left.unwrap().items.len(), 1, "the other member stays");

    let view = world.platform.get_video_room(world.app, scheduled).await.unwrap();
    assert_eq!(
        (view.room.state, view.member.state),
        (Room::Scheduled, EntityState::Deleted)
    );
    assert_eq!(code(world.start(scheduled).await), ErrorCode::StreamKeyNotFound);

    world.register(MEMBER).await;
    assert_eq!(world.key_state().await, Key::Inactive);
    assert_ne!(world.secret().await, secret);
    assert_eq!(
        code(world.start(scheduled).await),
        ErrorCode::StreamKeyNotFound,
        "it is another member"
    );
}
