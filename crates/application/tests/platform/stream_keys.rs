//! Stream keys: ended by force, reissued, changed.

use application::{ErrorCode, UpdateStreamKey};
use domain::{
    StreamKeyId, StreamKeyMode, StreamKeyState as Key, TranscodingProfileId, VideoRoomState as Room,
};
use ports::media::Cause;
use ports::store::{PageRequest, StreamKeyFilter, StreamKeyView};

use crate::world::{MEMBER, World, code, until};

async fn key(world: &World) -> StreamKeyView {
    let key = world.platform.get_member_stream_key(world.app, MEMBER).await;
    key.unwrap()
}

async fn id(world: &World) -> StreamKeyId {
    key(world).await.key.id
}

#[tokio::test]
async fn force_termination_ends_the_room_sends_the_publisher_off_and_changes_the_key_string() {
    let world = World::new().await;
    let (room, publisher) = world.on_air().await;
    let view = world.platform.get_video_room(world.app, room).await.unwrap();
    let playback = view.room.playback.unwrap();
    world.platform.resolve(&playback).await.unwrap();
    let before = world.secret().await;
    let id = id(&world).await;
    world
        .platform
        .force_terminate_stream_key(world.app, id)
        .await
        .unwrap();

    assert_eq!(world.states(room).await, (Room::Ended, Key::Inactive));
    let after = key(&world).await;
    assert!(after.key.forcibly_terminated && after.video_room.is_none() && after.key.secret != before);
    let ended = world.platform.get_video_room(world.app, room).await.unwrap().room;
    assert!(ended.forcibly_terminated && ended.live_ended_at.is_some());
    assert_eq!(
        code(world.platform.resolve(&playback).await),
        ErrorCode::ResourceNotFound
    );
    until("the publisher to be sent off", async || {
        world.script.cause(publisher.session()) == Some(Cause::Terminated)
    })
    .await;
    let _next = world.playable_publisher().await;
    assert!(
        !key(&world).await.key.forcibly_terminated,
        "until the next ingest"
    );
}

#[tokio::test]
async fn a_preview_and_an_interrupted_broadcast_are_ended_by_force_too() {
    let world = World::new().await;
    let preview = world.playable_publisher().await;
    world
        .platform
        .force_terminate_member_stream_key(world.app, MEMBER)
        .await
        .unwrap();
    assert_eq!(world.key_state().await, Key::Inactive);
    until("the publisher to be sent off", async || {
        world.script.cause(preview.session()) == Some(Cause::Terminated)
    })
    .await;

    let (room, publisher) = world.on_air().await;
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    world
        .platform
        .force_terminate_member_stream_key(world.app, MEMBER)
        .await
        .unwrap();
    assert_eq!(world.states(room).await, (Room::Ended, Key::Inactive));
}

#[tokio::test]
async fn force_termination_of_an_inactive_key_changes_nothing_at_all() {
    let world = World::new().await;
    let before = key(&world).await;
    let platform = &world.platform;
    platform
        .force_terminate_stream_key(world.app, before.key.id)
        .await
        .unwrap();
    platform
        .force_terminate_member_stream_key(world.app, MEMBER)
        .await
        .unwrap();
    assert_eq!(key(&world).await, before);
    let unknown = platform.force_terminate_member_stream_key(world.app, "nobody");
    assert_eq!(code(unknown.await), ErrorCode::MemberNotFound);
    let unknown = platform.force_terminate_stream_key(world.app, StreamKeyId::new(404));
    assert_eq!(code(unknown.await), ErrorCode::StreamKeyNotFound);
}

#[tokio::test]
async fn a_key_is_reissued_only_while_it_is_inactive() {
    let world = World::new().await;
    let (before, id) = (world.secret().await, id(&world).await);
    let reissued = world.platform.reissue_stream_key(world.app, id).await.unwrap();
    assert_ne!(reissued.key.secret, before);
    let verdict = world.script.knock(&before).verdict().await;
    assert!(
        matches!(verdict, adapters::scripted::Verdict::Rejected(_)),
        "{verdict:?}"
    );
    let _publisher = world.publisher().await;
    assert_eq!(
        code(world.platform.reissue_stream_key(world.app, id).await),
        ErrorCode::StreamKeyStateNotInactive
    );
}

#[tokio::test]
async fn mode_is_kept_and_an_unknown_profile_refused() {
    let world = World::new().await;
    let id = id(&world).await;
    let wanted = |profile: i64, mode| UpdateStreamKey {
        profile: Some(TranscodingProfileId::new(profile)),
        mode,
    };
    let mode = Some(StreamKeyMode::RtmpCmaf);
    let update = async |wanted| world.platform.update_stream_key(world.app, id, wanted).await;
    assert_eq!(
        code(update(wanted(2, mode)).await),
        ErrorCode::TranscodingProfileNotFound
    );
    assert_eq!(key(&world).await.key.mode, StreamKeyMode::Cmaf);
    assert_eq!(
        update(wanted(1, mode)).await.unwrap().key.mode,
        StreamKeyMode::RtmpCmaf
    );
    let unchanged = update(UpdateStreamKey::default()).await.unwrap();
    assert_eq!(unchanged, key(&world).await);
}

#[tokio::test]
async fn the_keys_of_another_app_are_not_there() {
    let world = World::new().await;
    let id = id(&world).await;
    let other = world.other_app().await;
    let platform = &world.platform;
    for refused in [
        code(platform.get_stream_key(other, id).await),
        code(platform.reissue_stream_key(other, id).await),
        code(platform.force_terminate_stream_key(other, id).await),
        code(
            platform
                .update_stream_key(other, id, UpdateStreamKey::default())
                .await,
        ),
    ] {
        assert_eq!(refused, ErrorCode::StreamKeyNotFound);
    }
    let page = PageRequest { page: 0, size: 10 };
    let list = platform.list_stream_keys(StreamKeyFilter::all(other), page).await;
    assert_eq!(list.unwrap().total, 0);
    let list = platform
        .list_stream_keys(StreamKeyFilter::all(world.app), page)
        .await;
    assert_eq!(list.unwrap().items, [key(&world).await]);
}
