//! What a playback id leads to, and for how long.

use application::{AppError, ErrorCode};
use domain::{PlaybackId, VideoRoomState as Room};
use ports::media::{Answer, Body, Directives};
use ports::store::Playback;

use crate::world::{LEASE, World, code, until};

async fn playback_id(world: &World) -> PlaybackId {
    let rooms = world.platform.list_video_rooms(
        ports::store::VideoRoomFilter {
            app: world.app,
            member: None,
            keyword: None,
            state: None,
            kind: None,
            access_level: None,
            sort: ports::store::VideoRoomSort::default(),
        },
        ports::store::PageRequest { page: 0, size: 1 },
    );
    rooms.await.unwrap().items[0].room.playback.clone().unwrap()
}

fn state(playback: &Playback) -> Room {
    match playback {
        Playback::Room { state, .. } => *state,
        Playback::Preview { .. } => panic!("expected a room"),
    }
}

#[tokio::test]
async fn a_room_on_air_is_played_from_its_start() {
    let world = World::new().await;
    let (_room, _publisher) = world.on_air().await;
    let id = playback_id(&world).await;
    assert!(world.platform.resolved(&id).is_none(), "nobody asked before");
    let playback = world.platform.resolve(&id).await.unwrap();
    assert_eq!(world.platform.resolved(&id).unwrap().unwrap(), playback);
    let answer = world
        .platform
        .play(&playback, "index.m3u8", Directives::default())
        .await
        .unwrap();
    assert_eq!(answer.content_type, "application/vnd.apple.mpegurl");
    assert_eq!(
        code(
            world
                .platform
                .play(&playback, "nothing", Directives::default())
                .await
        ),
        ErrorCode::ResourceNotFound
    );
    assert_eq!(
        code(
            world
                .platform
                .play(&playback, "soon.m3u8", Directives::default())
                .await
        ),
        ErrorCode::ServiceUnavailable
    );
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_store_does_not_stop_those_who_watch() {
    let world = World::new().await;
    let (_room, _publisher) = world.on_air().await;
    let id = playback_id(&world).await;
    let playback = world.platform.resolve(&id).await.unwrap();
    world.outage.begins();
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert!(world.platform.resolved(&id).is_none(), "one is sent to the store");
    assert_eq!(world.platform.resolve(&id).await.unwrap(), playback);
    let stranger = PlaybackId::parse(&"z".repeat(26)).unwrap();
    assert_eq!(
        code(world.platform.resolve(&stranger).await),
        ErrorCode::ServiceUnavailable
    );
}

#[tokio::test]
async fn a_change_of_the_room_is_seen_at_once() {
    let world = World::new().await;
    let (room, publisher) = world.on_air().await;
    let id = playback_id(&world).await;
    assert_eq!(state(&world.platform.resolve(&id).await.unwrap()), Room::Live);
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    crate::world::until("the page to see it", async || {
        world
            .platform
            .resolve(&id)
            .await
            .is_ok_and(|playback| state(&playback) == Room::LiveInactive)
    })
    .await;
    world.platform.delete_video_room(world.app, room).await.unwrap();
    assert!(
        world.platform.resolved(&id).is_none(),
        "what was known is forgotten"
    );
    assert_eq!(
        code(world.platform.resolve(&id).await),
        ErrorCode::ResourceNotFound
    );
}

#[tokio::test]
async fn an_unknown_playback_id_leads_nowhere_and_is_remembered_as_such() {
    let world = World::new().await;
    let stranger = PlaybackId::parse(&"z".repeat(26)).unwrap();
    assert_eq!(
        code(world.platform.resolve(&stranger).await),
        ErrorCode::ResourceNotFound
    );
    assert_eq!(
        code(world.platform.resolved(&stranger).unwrap()),
        ErrorCode::ResourceNotFound
    );
}

async fn playlist(world: &World, id: &PlaybackId) -> Result<Answer, AppError> {
    let playback = world.platform.resolve(id).await?;
    world
        .platform
        .play(&playback, "index.m3u8", Directives::default())
        .await
}

/// Whether players are sent to where the process is that tests call `here`.
fn is_elsewhere(answer: &Result<Answer, AppError>) -> bool {
    matches!(answer, Ok(Answer { body: Body::Elsewhere(url), .. }) if url == "http://unused.example")
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_players_are_sent_on_before_the_other_process_has_its_lease_again() {
    let (here, there) = World::pair().await;
    let (_room, _publisher) = here.on_air().await;
    let id = playback_id(&here).await;
    here.outage.begins();
    there.outage.begins();
    tokio::time::sleep(LEASE * 3).await;
    there.outage.is_over();
    let answer = playlist(&there, &id).await;
    assert!(is_elsewhere(&answer), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn players_are_sent_to_a_process_until_it_is_taken_for_dead() {
    let (here, there) = World::pair().await;
    let (_room, _publisher) = here.on_air().await;
    let id = playback_id(&here).await;
    here.dies();
    let answer = playlist(&there, &id).await;
    assert!(is_elsewhere(&answer), "{answer:?}");
    until("there to be nothing to play", async || {
        let answer = playlist(&there, &id).await;
        assert!(is_elsewhere(&answer) || answer.is_err(), "{answer:?}");
        answer.is_err_and(|error| error.code() == ErrorCode::ServiceUnavailable)
    })
    .await;
}
