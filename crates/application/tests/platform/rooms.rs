//! Rooms that are described otherwise or called off.

use application::{CreateVideoRoom, ErrorCode, Patch, UpdateVideoRoom};
use domain::{AccessLevel, Timestamp, VideoRoomId, VideoRoomState as Room, VideoRoomType};

use crate::world::{MEMBER, World, code};

async fn update(
    world: &World,
    room: VideoRoomId,
    wanted: UpdateVideoRoom,
) -> Result<domain::VideoRoomRecord, application::AppError> {
    let view = world.platform.update_video_room(world.app, room, wanted).await;
    view.map(|view| view.room)
}

fn at(micros: i64) -> UpdateVideoRoom {
    UpdateVideoRoom {
        scheduled_at: Patch::Set(Timestamp::from_micros(micros)),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_change_of_a_room_keeps_clears_and_sets_what_it_names() {
    let world = World::new().await;
    let id = world.room().await;
    let wanted = UpdateVideoRoom {
        title: Patch::Set("title".into()),
        description: Patch::Set("description".into()),
        ..at(9)
    };
    let room = update(&world, id, wanted).await.unwrap();
    assert_eq!(room.title.as_str(), "title");
    assert_eq!(room.scheduled_at, Some(Timestamp::from_micros(9)));
    let wanted = UpdateVideoRoom {
        description: Patch::Clear,
        access_level: Some(AccessLevel::Private),
        ..Default::default()
    };
    let room = update(&world, id, wanted).await.unwrap();
    assert_eq!((room.title.as_str(), room.description), ("title", None));
    assert_eq!(room.access_level, AccessLevel::Private);
    let wanted = UpdateVideoRoom {
        scheduled_at: Patch::Clear,
        ..Default::default()
    };
    assert_eq!(
        code(update(&world, VideoRoomId::new(404), wanted).await),
        ErrorCode::EmptyVideoRoomScheduledAt,
        "a shape that is wrong is told before a room that is not there"
    );
    assert_eq!(
        code(update(&world, VideoRoomId::new(404), at(1)).await),
        ErrorCode::VideoRoomNotFound
    );
}

#[tokio::test]
async fn the_time_of_a_room_on_air_stays_and_its_title_may_change() {
    let world = World::new().await;
    let (id, _publisher) = world.on_air().await;
    assert_eq!(
        code(update(&world, id, at(1)).await),
        ErrorCode::VideoRoomStateNotScheduled
    );
    let wanted = UpdateVideoRoom {
        title: Patch::Set("on air".into()),
        ..Default::default()
    };
    let room = update(&world, id, wanted).await.unwrap();
    assert_eq!((room.title.as_str(), room.state), ("on air", Room::Live));
}

#[tokio::test]
async fn a_scheduled_room_is_called_off_once_and_never_starts() {
    let world = World::new().await;
    let room = world.room().await;
    let cancel = async |id| world.platform.cancel_broadcast(world.app, id).await;
    let view = cancel(room).await.unwrap();
    assert_eq!(view.room.state, Room::Cancelled);
    assert!(view.room.cancelled_at.is_some());
    assert_eq!(code(cancel(room).await), ErrorCode::VideoRoomStateNotScheduled);
    assert_eq!(
        code(world.start(room).await),
        ErrorCode::VideoRoomStateNotScheduled
    );
    assert_eq!(
        code(cancel(VideoRoomId::new(404)).await),
        ErrorCode::VideoRoomNotFound
    );
    let wanted = CreateVideoRoom {
        app_user_id: Some(MEMBER.into()),
        kind: Some(VideoRoomType::Webinar),
        scheduled_at: Some(Timestamp::from_micros(1)),
        ..Default::default()
    };
    let webinar = world.platform.create_video_room(world.app, wanted).await.unwrap();
    assert_eq!(
        code(cancel(webinar.room.id).await),
        ErrorCode::VideoRoomTypeNotBroadcastRtmp
    );
}
