//! Lists of rooms by keyword.

use domain::{
    AccessLevel, AppId, EntityState, Title, VideoRoom, VideoRoomId, VideoRoomRecord, VideoRoomState,
    VideoRoomType, broadcast,
};
use ports::store::{Page, PageRequest, Store, VideoRoomFilter, VideoRoomSort, VideoRoomView};

use super::Harness;
use super::fixture::{Broadcaster, at, broadcaster, new_room, read, room, tenant, write};

const FIRST: PageRequest = PageRequest { page: 0, size: 10 };

fn all(app: AppId) -> VideoRoomFilter {
    VideoRoomFilter {
        app,
        member: None,
        keyword: None,
        state: None,
        kind: None,
        access_level: None,
        sort: VideoRoomSort::default(),
    }
}

async fn list(store: &dyn Store, filter: &VideoRoomFilter, page: PageRequest) -> Page<VideoRoomView> {
    read(store).await.video_rooms().list(filter, page).await.unwrap()
}

fn titles(page: &Page<VideoRoomView>) -> Vec<&str> {
    page.items.iter().map(|view| view.room.title.as_str()).collect()
}

/// The keyword is a part of the title, whatever the case, in every script.
pub async fn keyword_ignores_case_as_unicode_does(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    for (title, keywords) in [
        ("Grand École Live", vec!["école", "ÉCOLE", "grand é", ""]),
        ("Новости дня", vec!["НОВОСТИ", "дня", "И Д"]),
        ("Η ΟΔΟΣ ΜΟΥ", vec!["οδος", "ΟΔΟΣ", "οδοσ"]),
        ("생방송", vec!["방송"]),
    ] {
        room(&*store, &by.member, title, 1).await;
        for keyword in keywords {
            let filter = VideoRoomFilter {
                keyword: Some(keyword.to_owned()),
                ..all(app)
            };
            let page = list(&*store, &filter, FIRST).await;
            assert!(titles(&page).contains(&title), "{keyword:?} in {title:?}");
        }
    }
    let filter = VideoRoomFilter {
        keyword: Some("ecole".to_owned()),
        ..all(app)
    };
    assert_eq!(
        list(&*store, &filter, FIRST).await.total,
        0,
        "an accent is no case"
    );
}

/// No character of the keyword is a wildcard, and a long keyword is no error.
pub async fn keyword_is_taken_literally(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    for title in [
        "100% live",
        "100 live",
        "a_b",
        "axb",
        "back\\slash",
        "it's [x] *?",
    ] {
        room(&*store, &by.member, title, 1).await;
    }
    for (keyword, expected) in [
        ("0% l", vec!["100% live"]),
        ("a_b", vec!["a_b"]),
        ("\\", vec!["back\\slash"]),
        ("'s [x] *?", vec!["it's [x] *?"]),
        ("%", vec!["100% live"]),
        (&"x".repeat(100_000), vec![]),
    ] {
        let filter = VideoRoomFilter {
            keyword: Some(keyword.to_owned()),
            ..all(app)
        };
        assert_eq!(titles(&list(&*store, &filter, FIRST).await), expected);
    }
}

/// A title that is changed is found under the new one only.
pub async fn keyword_follows_a_changed_title(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let by = broadcaster(&*store, app, "m").await;
    let id = room(&*store, &by.member, "Before", 1).await.record().id;
    let mut work = write(&*store).await;
    let mut stored = work.video_rooms().get(app, id).await.unwrap().unwrap();
    broadcast::cancel(&mut stored.value, at(3)).unwrap();
    stored.value = VideoRoom::restore(VideoRoomRecord {
        title: Title::new("After").unwrap(),
        ..stored.value.into_record()
    })
    .unwrap();
    work.video_rooms().update(&stored).await.unwrap();
    work.commit().await.unwrap();
    for (keyword, total) in [("before", 0), ("after", 1)] {
        let filter = VideoRoomFilter {
            keyword: Some(keyword.to_owned()),
            ..all(app)
        };
        assert_eq!(list(&*store, &filter, FIRST).await.total, total, "{keyword}");
    }
}

/// Numbers that look random, and are the same each time.
struct Dice(usize);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
        (self.0 >> 8) % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    /// Some of these characters, which are few, so that many texts have the same parts.
    fn text(&mut self, longest: usize) -> String {
        let characters = ['a', 'B', 'é', '방', '송', ' ', '%', '"', '\'', '\u{1}', '😀'];
        let length = self.roll(longest + 1);
        (0..length).map(|_| self.pick(&characters)).collect()
    }
}

const STATES: [VideoRoomState; 2] = [VideoRoomState::Scheduled, VideoRoomState::Cancelled];
const LEVELS: [AccessLevel; 2] = [AccessLevel::Public, AccessLevel::Private];
const SORTS: [VideoRoomSort; 4] = [
    VideoRoomSort::CreatedAtAsc,
    VideoRoomSort::CreatedAtDesc,
    VideoRoomSort::LastModifiedAtAsc,
    VideoRoomSort::LastModifiedAtDesc,
];

/// Makes `record` another one, as the dice say.
fn shuffle(record: &mut VideoRoomRecord, dice: &mut Dice) {
    record.title = Title::new(dice.text(12)).unwrap();
    record.kind = dice.pick(&[VideoRoomType::BroadcastRtmp, VideoRoomType::Webinar]);
    record.state = dice.pick(&STATES);
    record.cancelled_at = (record.state == VideoRoomState::Cancelled).then(|| at(7));
    record.access_level = dice.pick(&LEVELS);
    record.last_modified_at = at(i64::try_from(dice.roll(20)).unwrap());
    if dice.roll(8) == 0 {
        record.entity_state = EntityState::Deleted;
    }
}

/// Rooms of these members in random states, some of them changed and some deleted; those that are there, as they are.
async fn shuffled(store: &dyn Store, members: &[&Broadcaster], dice: &mut Dice) -> Vec<VideoRoomRecord> {
    let mut there: Vec<VideoRoomRecord> = Vec::new();
    for turn in 0..90 {
        let mut work = write(store).await;
        let changed = if turn % 3 == 2 && !there.is_empty() {
            let place = dice.roll(there.len());
            let record = there.swap_remove(place);
            let mut room = work
                .video_rooms()
                .get(record.app, record.id)
                .await
                .unwrap()
                .unwrap();
            let mut record = room.value.into_record();
            shuffle(&mut record, dice);
            room.value = VideoRoom::restore(record).unwrap();
            work.video_rooms().update(&room).await.unwrap();
            room.value
        } else {
            let by = members[dice.roll(members.len())];
            let made = i64::try_from(dice.roll(20)).unwrap();
            let mut record = new_room(work.as_mut(), &by.member, "", made).await.into_record();
            shuffle(&mut record, dice);
            let room = VideoRoom::restore(record).unwrap();
            work.video_rooms().insert(&room).await.unwrap();
            room
        };
        work.commit().await.unwrap();
        if changed.record().entity_state == EntityState::Active {
            there.push(changed.into_record());
        }
    }
    there
}

/// What a list ought to be: found by looking at each room.
fn expected(rooms: &[VideoRoomRecord], filter: &VideoRoomFilter) -> Vec<VideoRoomId> {
    let keyword = filter.keyword.as_deref().unwrap_or_default().to_lowercase();
    let mut found: Vec<_> = rooms
        .iter()
        .filter(|room| room.app == filter.app)
        .filter(|room| filter.member.is_none_or(|member| room.member == member))
        .filter(|room| filter.state.is_none_or(|state| room.state == state))
        .filter(|room| filter.kind.is_none_or(|kind| room.kind == kind))
        .filter(|room| filter.access_level.is_none_or(|level| room.access_level == level))
        .filter(|room| room.title.as_str().to_lowercase().contains(&keyword))
        .collect();
    found.sort_by_key(|room| match filter.sort {
        VideoRoomSort::CreatedAtAsc | VideoRoomSort::CreatedAtDesc => (room.created_at, room.id),
        VideoRoomSort::LastModifiedAtAsc | VideoRoomSort::LastModifiedAtDesc => {
            (room.last_modified_at, room.id)
        }
    });
    if matches!(
        filter.sort,
        VideoRoomSort::CreatedAtDesc | VideoRoomSort::LastModifiedAtDesc
    ) {
        found.reverse();
    }
    found.into_iter().map(|room| room.id).collect()
}

/// Whatever the keyword and whatever else is asked for, a list has the rooms that one finds by looking at each title.
pub async fn keyword_finds_what_looking_at_every_title_finds(harness: impl Harness) {
    let store = harness.store();
    let (one, other) = (tenant(&*store, "one").await, tenant(&*store, "other").await);
    let first = broadcaster(&*store, one.app.id, "m").await;
    let second = broadcaster(&*store, one.app.id, "n").await;
    let stranger = broadcaster(&*store, other.app.id, "m").await;
    let mut dice = Dice(7);
    let rooms = shuffled(&*store, &[&first, &second, &stranger], &mut dice).await;
    let mut hits = 0;
    for turn in 0..200 {
        let app = dice.pick(&[one.app.id, other.app.id]);
        let a_title = rooms[dice.roll(rooms.len())].title.as_str().to_owned();
        let (skip, take) = (dice.roll(4), 1 + dice.roll(4));
        let keyword = match turn % 3 {
            0 => dice.text(4),
            _ => a_title.chars().skip(skip).take(take).collect(),
        };
        let some = turn % 2 == 0;
        let filter = VideoRoomFilter {
            app,
            keyword: Some(keyword),
            member: dice.pick(&[None, Some(first.member.id)]).filter(|_| some),
            state: dice
                .pick(&[None, Some(STATES[0]), Some(STATES[1])])
                .filter(|_| some),
            kind: dice.pick(&[None, Some(VideoRoomType::Webinar)]).filter(|_| some),
            access_level: dice.pick(&[None, Some(LEVELS[0])]).filter(|_| some),
            sort: dice.pick(&SORTS),
        };
        let ids = expected(&rooms, &filter);
        hits += ids.len();
        let mut seen = Vec::new();
        for number in 0..2 {
            let request = PageRequest {
                page: number,
                size: 25,
            };
            let page = list(&*store, &filter, request).await;
            assert_eq!(page.total, u64::try_from(ids.len()).unwrap(), "{filter:?}");
            seen.extend(page.items.iter().map(|view| view.room.id));
        }
        assert_eq!(seen, ids, "{filter:?}");
    }
    assert!(hits > 200, "only {hits} rooms were found at all");
}
