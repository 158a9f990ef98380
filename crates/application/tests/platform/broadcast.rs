//! One broadcast from its first byte to its end, and what is refused on the way.

use application::ErrorCode;
use domain::{StreamKeyState as Key, VideoRoomId, VideoRoomState as Room, VideoRoomType};
use ports::media::Cause;

use crate::world::{MEMBER, World, code, until};

#[tokio::test]
async fn a_broadcast_goes_through_every_state_and_room_and_key_move_together() {
    let world = World::new().await;
    let room = world.room().await;
    assert_eq!(world.states(room).await, (Room::Scheduled, Key::Inactive));

    let publisher = world.publisher().await;
    assert_eq!(world.states(room).await, (Room::Scheduled, Key::ActivePrep));
    publisher.becomes_playable();
    world.until_key(&[Key::Active]).await;

    let view = world.start(room).await.unwrap();
    assert_eq!(view.room.state, Room::Live);
    assert_eq!(view.stream_key.map(|key| key.state), Some(Key::ActiveLive));
    let playback = view.room.playback.expect("a room on air has a playback id");

    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    assert_eq!(world.key_state().await, Key::InactiveLive);

    let back = world.publisher().await;
    assert_eq!(
        world.states(room).await,
        (Room::LiveInactive, Key::ActiveLivePrep)
    );
    assert_eq!(back.previous(), Some(publisher.session()));
    back.becomes_playable();
    world.until_room(room, Room::Live).await;
    assert_eq!(world.key_state().await, Key::ActiveLive);

    back.leaves();
    world.until_room(room, Room::LiveInactive).await;
    let ended = world.end(room).await.unwrap();
    assert_eq!(ended.room.state, Room::Ended);
    assert_eq!(ended.stream_key, None);
    assert_eq!(ended.room.playback, Some(playback));
    assert!(ended.room.live_ended_at >= ended.room.live_started_at);
    assert_eq!(world.key_state().await, Key::Inactive);
}

#[tokio::test]
async fn start_is_refused_in_the_order_of_the_contract() {
    let world = World::new().await;
    assert_eq!(
        code(world.start(VideoRoomId::new(404)).await),
        ErrorCode::VideoRoomNotFound
    );

    let conference = world
        .platform
        .create_video_room(
            world.app,
            application::CreateVideoRoom {
                app_user_id: Some(MEMBER.into()),
                kind: Some(VideoRoomType::VideoConference),
                ..Default::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(
        code(world.start(conference.room.id).await),
        ErrorCode::VideoRoomTypeNotBroadcastRtmp
    );

    let room = world.room().await;
    assert_eq!(code(world.start(room).await), ErrorCode::StreamKeyStateNotActive);
    let _publisher = world.playable_publisher().await;
    world.start(room).await.unwrap();
    assert_eq!(
        code(world.start(room).await),
        ErrorCode::VideoRoomStateNotScheduled
    );
    let second = world.room().await;
    assert_eq!(
        code(world.start(second).await),
        ErrorCode::StreamKeyStateNotActive
    );
}

#[tokio::test]
async fn end_is_refused_while_the_publisher_is_there_or_coming_back() {
    let world = World::new().await;
    assert_eq!(
        code(world.end(VideoRoomId::new(404)).await),
        ErrorCode::VideoRoomNotFound
    );
    let (room, publisher) = world.on_air().await;
    assert_eq!(
        code(world.end(room).await),
        ErrorCode::VideoRoomStateNotLiveInactive
    );
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    let _back = world.publisher().await;
    assert_eq!(
        code(world.end(room).await),
        ErrorCode::StreamKeyStateNotInactiveLive
    );
}

#[tokio::test]
async fn a_room_that_is_deleted_on_air_sends_its_publisher_off_and_frees_the_key() {
    let world = World::new().await;
    let (room, publisher) = world.on_air().await;
    let secret = world.secret().await;
    world.platform.delete_video_room(world.app, room).await.unwrap();
    assert_eq!(
        code(world.platform.get_video_room(world.app, room).await),
        ErrorCode::VideoRoomNotFound
    );
    assert_eq!(
        code(world.platform.delete_video_room(world.app, room).await),
        ErrorCode::VideoRoomNotFound
    );
    until("the publisher to be sent off", async || {
        world.script.cause(publisher.session()) == Some(Cause::Terminated)
    })
    .await;
    assert_eq!(world.key_state().await, Key::Inactive);
    assert_eq!(world.secret().await, secret, "the key string stays");
    let _next = world.playable_publisher().await;
}

#[tokio::test]
async fn the_media_of_a_gone_publisher_is_held_while_its_room_is_on_air_and_no_longer() {
    let world = World::new().await;
    let (room, publisher) = world.on_air().await;
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    assert!(world.script.is_held(publisher.session()));
    world.end(room).await.unwrap();
    until("the media to be let go", async || {
        !world.script.is_held(publisher.session())
    })
    .await;
}
