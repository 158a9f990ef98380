//! Rooms that are interrupted for too long are ended by themselves.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters::memory;
use domain::{StreamKeyState as Key, VideoRoomState as Room};
use ports::store::{Intent, Store};
use tokio::time::sleep;

use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(60);

async fn world() -> World {
    World::of_patience(Arc::new(memory::Store::default()), PATIENCE).await
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_interrupted_for_too_long_ends_and_a_description_gives_it_no_more_time() {
    let world = world().await;
    let (room, publisher) = world.on_air().await;
    sleep(PATIENCE * 2).await;
    assert_eq!(world.states(room).await, (Room::Live, Key::ActiveLive));
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    sleep(PATIENCE.saturating_sub(Duration::from_secs(2))).await;
    let title = application::UpdateVideoRoom {
        title: application::Patch::Set("back soon".to_owned()),
        ..Default::default()
    };
    let platform = &world.platform;
    platform.update_video_room(world.app, room, title).await.unwrap();
    assert_eq!(world.states(room).await, (Room::LiveInactive, Key::InactiveLive));
    sleep(Duration::from_secs(4)).await;
    assert_eq!(world.states(room).await, (Room::Ended, Key::Inactive));
    let ended = platform.get_video_room(world.app, room).await.unwrap().room;
    assert!(
        ended.live_ended_at.is_some() && !ended.forcibly_terminated,
        "{ended:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_publisher_that_comes_back_in_time_begins_the_wait_anew() {
    let world = world().await;
    let (room, publisher) = world.on_air().await;
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    sleep(PATIENCE.saturating_sub(Duration::from_secs(5))).await;
    let publisher = world.playable_publisher().await;
    world.until_room(room, Room::Live).await;
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    sleep(PATIENCE.saturating_sub(Duration::from_secs(5))).await;
    assert_eq!(world.states(room).await, (Room::LiveInactive, Key::InactiveLive));
    // On its way back it ends nothing, however long it takes.
    let publisher = world.publisher().await;
    sleep(PATIENCE).await;
    assert_eq!(
        world.states(room).await,
        (Room::LiveInactive, Key::ActiveLivePrep)
    );
    publisher.leaves();
    world.until_room(room, Room::Ended).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_can_only_be_read_is_tried_once_a_turn_for_all_rooms() {
    let store = Arc::new(memory::Store::default());
    let here = World::of_patience(store.clone(), PATIENCE).await;
    let others = [World::on(store.clone()).await, World::on(store).await];
    let mut rooms = Vec::new();
    for world in others.iter().chain([&here]) {
        let (room, publisher) = world.on_air().await;
        publisher.leaves();
        world.until_room(room, Room::LiveInactive).await;
        rooms.push((world, room));
    }
    here.outage.of_writes_begins();
    sleep(PATIENCE * 2).await;
    let turns = usize::try_from((PATIENCE * 2).as_secs()).unwrap();
    let tried = here.outage.refused_writes();
    assert!((1..=turns).contains(&tried), "{tried} times in {turns} turns");
    for (world, room) in rooms {
        assert_eq!(world.states(room).await, (Room::LiveInactive, Key::InactiveLive));
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_processes_that_find_it_one_ends_the_room() {
    let store = Arc::new(memory::Store::default());
    let here = World::of_patience(store.clone(), PATIENCE).await;
    let _there = World::of_patience(store.clone(), PATIENCE).await;
    let (room, publisher) = here.on_air().await;
    publisher.leaves();
    here.until_room(room, Room::LiveInactive).await;
    let before = events(&*store, &here).await;
    sleep(PATIENCE + Duration::from_secs(10)).await;
    assert_eq!(here.states(room).await, (Room::Ended, Key::Inactive));
    assert_eq!(
        events(&*store, &here).await,
        before + 2,
        "one of the room, one of the key"
    );
}

async fn events(store: &dyn Store, world: &World) -> i64 {
    let mut work = store.begin(Intent::Read).await.unwrap();
    work.events().last_sequence(world.app).await.unwrap()
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn the_audit_says_that_the_platform_ended_it_and_which_room() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // The platform of this test runs on this thread.
    let _logged = tracing::subscriber::set_default(subscriber);
    let world = world().await;
    let (room, publisher) = world.on_air().await;
    publisher.leaves();
    world.until_room(room, Room::LiveInactive).await;
    sleep(PATIENCE + Duration::from_secs(10)).await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let audit: Vec<_> = text.lines().filter(|line| line.contains(" audit: ")).collect();
    let last = audit.last().unwrap();
    let expected = format!(
        "a room changed by=auto end app={} video_room={room} from=\"LIVE_INACTIVE\" to=\"ENDED\"",
        world.app
    );
    assert!(last.ends_with(&expected), "{last}");
    let ended = audit.iter().filter(|line| line.contains("ENDED"));
    assert_eq!(ended.count(), 1, "{audit:#?}");
}
