//! The totals of lists of rooms: whatever happens to rooms, they say how many there are.

use std::sync::Arc;

use domain::{AccessLevel, AppId, EntityState, VideoRoom, VideoRoomId, VideoRoomState, VideoRoomType};
use ports::store::{PageRequest, Store, StoreError, VideoRoomFilter, VideoRoomSort};

use super::Harness;
use super::fixture::{Broadcaster, at, broadcaster, new_room, read, tenant, write};

const STATES: [VideoRoomState; 3] = [
    VideoRoomState::Scheduled,
    VideoRoomState::Cancelled,
    VideoRoomState::Active,
];
const KINDS: [VideoRoomType; 2] = [VideoRoomType::BroadcastRtmp, VideoRoomType::Webinar];
const LEVELS: [AccessLevel; 2] = [AccessLevel::Public, AccessLevel::Private];

async fn page(store: &dyn Store, filter: &VideoRoomFilter, size: u32) -> (Vec<VideoRoom>, u64) {
    let request = PageRequest { page: 0, size };
    let page = read(store)
        .await
        .video_rooms()
        .list(filter, request)
        .await
        .unwrap();
    let rooms = page.items.into_iter().map(|view| view.room);
    let rooms = rooms.map(|record| VideoRoom::restore(record).unwrap()).collect();
    (rooms, page.total)
}

/// Each filter's total is the number of the rooms that it lists.
async fn assert_true(store: &dyn Store, app: AppId) -> u64 {
    let all = VideoRoomFilter {
        app,
        member: None,
        keyword: None,
        state: None,
        kind: None,
        access_level: None,
        sort: VideoRoomSort::default(),
    };
    for state in [None, Some(STATES[0]), Some(STATES[1]), Some(STATES[2])] {
        for kind in [None, Some(KINDS[0]), Some(KINDS[1])] {
            for access_level in [None, Some(LEVELS[0]), Some(LEVELS[1])] {
                let filter = VideoRoomFilter {
                    state,
                    kind,
                    access_level,
                    ..all.clone()
                };
                let (rooms, total) = page(store, &filter, 1_000).await;
                assert_eq!(total, u64::try_from(rooms.len()).unwrap(), "{filter:?}");
                assert_eq!(page(store, &filter, 1).await.1, total, "{filter:?}");
            }
        }
    }
    page(store, &all, 1).await.1
}

/// Numbers that look random, and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// Makes a room, or changes or deletes one of `rooms`, as the dice say. One unit of work in four is given up.
async fn do_something(
    store: &dyn Store,
    by: &Broadcaster,
    rooms: &mut Vec<VideoRoomId>,
    dice: &mut Dice,
) -> Result<(), StoreError> {
    let kept = dice.roll(4) > 0;
    let mut work = write(store).await;
    if rooms.is_empty() || dice.roll(3) == 0 {
        let room = new_room(work.as_mut(), &by.member, "counted", 1).await;
        work.video_rooms().insert(&room).await?;
        if kept {
            work.commit().await?;
            rooms.push(room.record().id);
        }
        return Ok(());
    }
    let number = dice.roll(rooms.len());
    let mut room = work
        .video_rooms()
        .get(by.member.app, rooms[number])
        .await?
        .expect("the room is there");
    let mut record = room.value.into_record();
    record.state = STATES[dice.roll(STATES.len())];
    record.kind = KINDS[dice.roll(KINDS.len())];
    record.access_level = LEVELS[dice.roll(LEVELS.len())];
    if record.state == VideoRoomState::Active {
        record.kind = VideoRoomType::Webinar;
    }
    record.cancelled_at = (record.state == VideoRoomState::Cancelled).then(|| at(7));
    let deleted = dice.roll(5) == 0;
    if deleted {
        record.entity_state = EntityState::Deleted;
    }
    room.value = VideoRoom::restore(record).expect("such a room can be");
    work.video_rooms().update(&room).await?;
    if kept {
        work.commit().await?;
        if deleted {
            rooms.swap_remove(number);
        }
    }
    Ok(())
}

/// Through any history of makings, changes, deletions and units of work that were given up.
pub async fn totals_stay_true_through_any_history(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let (mut rooms, mut dice) = (Vec::new(), Dice(1));
    for _ in 0..5 {
        for _ in 0..25 {
            do_something(&*store, &by, &mut rooms, &mut dice).await.unwrap();
        }
        let total = assert_true(&*store, app).await;
        assert_eq!(total, u64::try_from(rooms.len()).unwrap());
    }
}

/// Also when many members' rooms change at once, in one app and in another.
pub async fn totals_stay_true_when_many_change_rooms_at_once(harness: impl Harness) {
    let store = harness.store();
    let (one, other) = (
        tenant(&*store, "one").await.app.id,
        tenant(&*store, "other").await.app.id,
    );
    let mut tasks = Vec::new();
    for number in 0..8 {
        let app = if number % 4 == 0 { other } else { one };
        let by = broadcaster(&*store, app, &format!("m{number}")).await;
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            let (mut rooms, mut dice) = (Vec::new(), Dice(number));
            for _ in 0..20 {
                do_something(&*store, &by, &mut rooms, &mut dice).await.unwrap();
            }
            rooms.len()
        }));
    }
    let mut there = 0;
    for task in tasks {
        there += u64::try_from(task.await.unwrap()).unwrap();
    }
    let counted = assert_true(&*store, one).await + assert_true(&*store, other).await;
    assert_eq!(counted, there);
}
