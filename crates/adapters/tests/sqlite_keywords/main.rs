//! Keywords on SQLite, among more rooms than the contract makes: what was there before the index, and what most titles
//! have.

mod comparing;
mod plans;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use adapters::sqlite::{OpenMode, Store};
use diesel::connection::SimpleConnection;
use diesel::sql_types::Bool;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use domain::{AppId, VideoRoomState};
use ports::store::{Intent, PageRequest, Store as _, VideoRoomFilter, VideoRoomSort};

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");

/// Takes a migration back.
fn back_before(path: &Path, migration: &str) {
    let down = std::fs::read_to_string(format!("{MIGRATIONS}/{migration}/down.sql")).unwrap();
    let (version, _) = migration.rsplit_once('_').unwrap();
    let version = version.replace('-', "");
    raw(path)
        .batch_execute(&format!(
            "{down} DELETE FROM __diesel_schema_migrations WHERE version = '{version}';"
        ))
        .unwrap();
}

const ROOMS: u32 = 12_000;

/// Two apps, and a member of the first.
const APPS: &str = "
    INSERT INTO users VALUES (1, 'ACTIVE', 'u', 'u@example.com');
    INSERT INTO apps VALUES (1, 'ACTIVE', 'a', 1, 0, 1), (2, 'ACTIVE', 'b', 1, 0, 1);
    INSERT INTO members (id, app_id, state, app_user_id, created_at, last_modified_at, version)
    VALUES (1, 1, 'ACTIVE', 'm', 1, 1, 1);
";

/// The first app has a room a second, in the order of their numbers: "Room 1" to "Room 12000", every hundredth of them
/// cancelled, every thousandth with a word of its own.
const ROOMS_MADE: &str = "
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12000)
    INSERT INTO video_rooms (id, app_id, member_id, entity_state, state, kind, creator_type, creator_id, access_level,
        title, title_folded, channel_key, cancelled_at, forcibly_terminated, vod_state, created_at, last_modified_at, version)
    SELECT n, 1, 1, 'ACTIVE', iif(n % 100 = 0, 'CANCELLED', 'SCHEDULED'), 'BROADCAST_RTMP', 'APP', 1, 'PUBLIC',
        'Room ' || n || iif(n % 1000 = 0, ' 특별', ''), 'room ' || n || iif(n % 1000 = 0, ' 특별', ''), '',
        iif(n % 100 = 0, n, NULL), 0, 'NOT_ARCHIVED', n, n, 1 FROM numbers;
";

/// Makes the apps and the rooms.
fn fill(path: &Path) {
    raw(path).batch_execute(APPS).unwrap();
    raw(path).batch_execute(ROOMS_MADE).unwrap();
}

struct Place {
    path: PathBuf,
    _directory: tempfile::TempDir,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    Place {
        path: directory.path().join("videoroom.db"),
        _directory: directory,
    }
}

fn raw(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

async fn migrated(path: &Path) -> Store {
    let store = Store::open(path, NonZeroUsize::new(3).unwrap(), OpenMode::Serve)
        .await
        .unwrap();
    store.migrate().await.unwrap();
    store
}

fn with(keyword: &str) -> VideoRoomFilter {
    VideoRoomFilter {
        app: AppId::new(1),
        member: None,
        keyword: Some(keyword.to_owned()),
        state: None,
        kind: None,
        access_level: None,
        sort: VideoRoomSort::default(),
    }
}

async fn filled() -> (Place, Store) {
    let place = place();
    let store = migrated(&place.path).await;
    fill(&place.path);
    (place, store)
}

/// The numbers of the first three rooms that are found, and how many there are.
async fn found(store: &Store, filter: &VideoRoomFilter) -> (Vec<i64>, u64) {
    found_on(store, filter, 0).await
}

/// The same of a page of three.
async fn found_on(store: &Store, filter: &VideoRoomFilter, page: u32) -> (Vec<i64>, u64) {
    let request = PageRequest { page, size: 3 };
    let mut work = store.begin(Intent::Read).await.unwrap();
    let page = work.video_rooms().list(filter, request).await.unwrap();
    (
        page.items.iter().map(|view| view.room.id.get()).collect(),
        page.total,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_that_were_there_before_the_index_are_found_once_it_is_made() {
    let place = place();
    drop(migrated(&place.path).await);
    back_before(&place.path, "2026-11-29-000080_words");
    back_before(&place.path, "2026-11-28-000040_keywords");
    fill(&place.path);
    raw(&place.path)
        .batch_execute("UPDATE video_rooms SET entity_state = 'DELETED' WHERE id = 11000")
        .unwrap();
    let store = migrated(&place.path).await;
    assert_eq!(
        found(&store, &with("특별")).await,
        (vec![12_000, 10_000, 9_000], 11)
    );
    assert_eq!(
        found(&store, &with("oom 77")).await,
        (vec![7_799, 7_798, 7_797], 111)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyword_that_most_titles_have_is_found_and_counted() {
    let (_place, store) = filled().await;
    for _ in 0..2 {
        for keyword in ["room", "ROOM ", "oo", "r"] {
            let newest = vec![12_000, 11_999, 11_998];
            assert_eq!(
                found(&store, &with(keyword)).await,
                (newest, ROOMS.into()),
                "{keyword}"
            );
        }
        let cancelled = VideoRoomFilter {
            state: Some(VideoRoomState::Cancelled),
            sort: VideoRoomSort::LastModifiedAtAsc,
            ..with("room")
        };
        assert_eq!(found(&store, &cancelled).await, (vec![100, 200, 300], 120));
        assert_eq!(found(&store, &with("roomroom")).await, (vec![], 0));
        assert_eq!(found(&store, &with("room 4321")).await, (vec![4_321], 1));
    }
}

/// The rooms with that part in their titles, page by page in either order; and that they are told by the index alone.
async fn assert_is_in_order(store: &Store, path: &Path, expected: &[i64], by_the_index: bool) {
    let oldest_first = VideoRoomFilter {
        sort: VideoRoomSort::CreatedAtAsc,
        ..with("특별")
    };
    let total = u64::try_from(expected.len()).unwrap();
    for (page, ids) in (0..).zip(expected.chunks(3)) {
        assert_eq!(found_on(store, &oldest_first, page).await, (ids.to_vec(), total));
    }
    let newest_first: Vec<_> = expected.iter().rev().copied().collect();
    for (page, ids) in (0..).zip(newest_first.chunks(3)) {
        assert_eq!(found_on(store, &with("특별"), page).await, (ids.to_vec(), total));
    }
    assert_eq!(found_on(store, &with("특별"), 100).await, (vec![], total));
    assert_eq!(is_in_order(path), by_the_index);
}

#[derive(QueryableByName)]
struct InOrder {
    #[diesel(sql_type = Bool)]
    in_order: bool,
}

fn is_in_order(path: &Path) -> bool {
    let in_order: InOrder = sql_query("SELECT in_order FROM video_room_numbering WHERE app_id = 1")
        .get_result(&mut raw(path))
        .unwrap();
    in_order.in_order
}

/// Another room, whose number is the next one.
const ANOTHER: &str = "
    INSERT INTO video_rooms (id, app_id, member_id, entity_state, state, kind, creator_type, creator_id, access_level,
        title, title_folded, channel_key, forcibly_terminated, vod_state, created_at, last_modified_at, version)
    SELECT coalesce(max(id), 0) + 1, 1, 1, 'ACTIVE', 'SCHEDULED', 'BROADCAST_RTMP', 'APP', 1, 'PUBLIC', title, title, '', 0,
        'NOT_ARCHIVED', made, made, 1 FROM video_rooms";

fn insert(path: &Path, title: &str, made: i64) {
    insert_for(1, path, title, made);
}

fn insert_for(app: i64, path: &Path, title: &str, made: i64) {
    let title = title.replace('\'', "''");
    let another = ANOTHER.replace("title, title,", &format!("'{title}', '{title}',"));
    let another = another.replace("+ 1, 1, 1,", &format!("+ 1, {app}, 1,"));
    let another = another.replace("made, made", &format!("{made}, {made}"));
    raw(path).batch_execute(&another).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_of_a_clock_that_was_set_back_is_where_its_time_is() {
    let (place, store) = filled().await;
    let mut expected: Vec<i64> = (1..=12).map(|thousand| thousand * 1_000).collect();
    insert(&place.path, "특별", 12_001);
    expected.push(12_001);
    assert_is_in_order(&store, &place.path, &expected, true).await;
    insert(&place.path, "특별", 4_500);
    expected.insert(4, 12_002);
    assert_is_in_order(&store, &place.path, &expected, false).await;
    insert(&place.path, "특별", 20_000);
    expected.push(12_003);
    assert_is_in_order(&store, &place.path, &expected, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_with_what_the_index_spells_parts_with_is_not_taken_for_another() {
    let (place, store) = filled().await;
    let expected: Vec<i64> = (1..=12).map(|thousand| thousand * 1_000).collect();
    assert_is_in_order(&store, &place.path, &expected, true).await;
    raw(&place.path)
        .batch_execute("UPDATE video_rooms SET title_folded = '특' || char(1) || '별' WHERE id = 77")
        .unwrap();
    assert_is_in_order(&store, &place.path, &expected, false).await;
    assert_eq!(found(&store, &with("특\u{1}별")).await, (vec![77], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_that_were_there_before_are_known_to_be_in_order_or_not() {
    let mut expected: Vec<i64> = (1..=12).map(|thousand| thousand * 1_000).collect();
    for in_order in [true, false] {
        let place = place();
        drop(migrated(&place.path).await);
        back_before(&place.path, "2026-11-29-000070_numbering");
        fill(&place.path);
        if !in_order {
            insert(&place.path, "특별", 11_500);
            expected.insert(11, 12_001);
        }
        let store = migrated(&place.path).await;
        assert_is_in_order(&store, &place.path, &expected, in_order).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_is_common_is_found_by_the_rarer_one_beside_it() {
    let (place, store) = filled().await;
    raw(&place.path)
        .batch_execute(
            "UPDATE video_rooms SET title_folded = 'the zoological ' || title_folded WHERE id IN (7, 77)",
        )
        .unwrap();
    for (keyword, expected) in [
        ("zoological room", vec![77, 7]),
        ("cal room 7", vec![77, 7]),
        ("zoological room 77", vec![77]),
        ("zoological oom", vec![]),
        ("room 4321", vec![4_321]),
        (
            "oom 1100",
            vec![
                11_009, 11_008, 11_007, 11_006, 11_005, 11_004, 11_003, 11_002, 11_001, 11_000, 1_100,
            ],
        ),
        ("room 4321 ", vec![]),
        (
            "00 특별",
            (1..=12).rev().map(|thousand| thousand * 1_000).collect(),
        ),
    ] {
        let total = u64::try_from(expected.len()).unwrap();
        for (page, ids) in (0..).zip(expected.chunks(3)) {
            assert_eq!(
                found_on(&store, &with(keyword), page).await,
                (ids.to_vec(), total),
                "{keyword}"
            );
        }
        assert_eq!(
            found_on(&store, &with(keyword), 100).await,
            (vec![], total),
            "{keyword}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_word_follow_each_other_and_end() {
    let (place, store) = filled().await;
    raw(&place.path)
        .batch_execute("UPDATE video_rooms SET title_folded = 'zoological ' || id WHERE id % 2000 = 1")
        .unwrap();
    let mut expected = vec![10_001, 8_001, 6_001, 4_001, 2_001, 1];
    for keyword in ["zoological", "zoolog", "ological"] {
        for (page, ids) in (0..).zip([&expected[..3], &expected[3..], &[]]) {
            assert_eq!(
                found_on(&store, &with(keyword), page).await,
                (ids.to_vec(), 6),
                "{keyword}"
            );
        }
    }
    raw(&place.path)
        .batch_execute(
            "UPDATE video_rooms SET title_folded = 'zoologist' WHERE id = 6001; \
             UPDATE video_rooms SET entity_state = 'DELETED' WHERE id = 8001; DELETE FROM video_rooms WHERE id = 1;",
        )
        .unwrap();
    expected = vec![10_001, 6_001, 4_001, 2_001];
    for (page, ids) in (0..).zip([&expected[..3], &expected[3..], &[]]) {
        assert_eq!(found_on(&store, &with("zoolog"), page).await, (ids.to_vec(), 4));
    }
    assert_eq!(
        found(&store, &with("zoological")).await,
        (vec![10_001, 4_001, 2_001], 3)
    );
}
