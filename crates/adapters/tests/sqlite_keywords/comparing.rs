//! The indexes find what comparing every title with the keyword finds.

use std::collections::BTreeSet;

use adapters::sqlite::Store;
use diesel::connection::SimpleConnection;
use domain::VideoRoomState;
use ports::store::{VideoRoomFilter, VideoRoomSort};

use super::{APPS, filled, found, insert, insert_for, is_in_order, migrated, place, raw, with};

/// Titles with words of every kind, folded.
const TITLES: &[&str] = &[
    "zoological evening",
    "the zoologist's zoo, zoologically",
    "live-stream_of 생방송입니다 생방송",
    "supercalifragilisticexpialidocious",
    "xsupercalifragilisticexpialidocious2",
    "ナイトライブ放送ナイトライブ",
    "aaaaaaaa aaaa baaaab",
    "οδοσ école \u{10ffff}ende",
    "a\u{fffd}b c\u{fffd} d",
    "a\u{fffe}b c\u{fffe} d",
    "a\u{ffff}b c\u{ffff} d",
    "tab\tand\u{7f}between words",
    "ends with a separator!",
    "¿qué? 12xzoological 1xzoological",
    "la la la la la la la la la la la",
    "x",
    "",
];

/// A title with what parts are spelled with.
const SPELLED: &str = "tab and\u{1}between \u{1}words";

/// What may be in one of these titles or not: all that is in one, of some lengths, and what looks like it.
fn keywords<'a>(titles: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut keywords = BTreeSet::new();
    for title in titles {
        let characters: Vec<char> = title.chars().collect();
        for size in [1, 2, 3, 4, 5, 6, 9, 15, 16, 17, 30] {
            keywords.extend(characters.windows(size).step_by(2).map(String::from_iter));
        }
    }
    let near = [
        "zoologists",
        "aaaaaaaaa",
        "\u{10ffff}endex",
        "1x",
        "1xzoo",
        "live stream",
        "\"",
        "zoo*",
        "zoo\" *",
    ];
    keywords.extend(near.map(str::to_owned));
    keywords
}

/// Each keyword finds the rooms of these titles, by their numbers and in the order in which they were made, that it is in.
async fn assert_all_are_found(store: &Store, titles: &[(i64, &str)], sort: VideoRoomSort) {
    for keyword in keywords(titles.iter().map(|(_, title)| *title)) {
        let having = titles.iter().filter(|(_, title)| title.contains(&keyword));
        let expected: Vec<_> = having.map(|(number, _)| *number).collect();
        let first: Vec<_> = expected.iter().copied().take(3).collect();
        let all = VideoRoomFilter {
            sort,
            ..with(&keyword)
        };
        let scheduled = VideoRoomFilter {
            state: Some(VideoRoomState::Scheduled),
            ..all.clone()
        };
        for filter in [all, scheduled] {
            assert_eq!(
                found(store, &filter).await,
                (first.clone(), u64::try_from(expected.len()).unwrap()),
                "{filter:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_indexes_find_what_comparing_every_title_finds() {
    let place = place();
    let store = migrated(&place.path).await;
    raw(&place.path).batch_execute(APPS).unwrap();
    let mut titles = Vec::new();
    for (title, number) in TITLES.iter().zip(1..) {
        // Those of the other app are in between, and may not be found.
        insert(&place.path, title, number);
        insert_for(2, &place.path, title, number);
        titles.push((2 * number - 1, *title));
    }
    assert!(is_in_order(&place.path));
    assert_all_are_found(&store, &titles, VideoRoomSort::CreatedAtAsc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_indexes_find_what_is_in_titles_of_rooms_that_are_out_of_order() {
    let place = place();
    let store = migrated(&place.path).await;
    raw(&place.path).batch_execute(APPS).unwrap();
    let mut titles = Vec::new();
    for (title, number) in TITLES.iter().chain([&SPELLED]).zip(1..) {
        insert(&place.path, title, 100 - number);
        titles.push((number, *title));
    }
    assert!(!is_in_order(&place.path));
    assert_all_are_found(&store, &titles, VideoRoomSort::CreatedAtDesc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rare_words_before_and_behind_common_ones_are_found_among_many_titles() {
    let (place, store) = filled().await;
    raw(&place.path)
        .batch_execute("UPDATE video_rooms SET title_folded = 'room'")
        .unwrap();
    let around: Vec<_> = TITLES.iter().map(|title| format!("room {title} room")).collect();
    for (title, made) in around.iter().zip(20_000..) {
        insert(&place.path, title, made);
    }
    assert!(is_in_order(&place.path));
    let titles: Vec<_> = (12_001..).zip(around.iter().map(String::as_str)).collect();
    let mut asked = 0;
    for keyword in keywords(around.iter().map(String::as_str)) {
        if "room".contains(&keyword) {
            continue;
        }
        let having = titles.iter().filter(|(_, title)| title.contains(&keyword));
        let expected: Vec<_> = having.map(|(number, _)| *number).collect();
        let newest: Vec<_> = expected.iter().rev().copied().take(3).collect();
        assert_eq!(
            found(&store, &with(&keyword)).await,
            (newest, u64::try_from(expected.len()).unwrap()),
            "{keyword:?}"
        );
        asked += 1;
    }
    assert!(asked > 500, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_that_have_a_keyword_many_times_are_found_once() {
    let place = place();
    let store = migrated(&place.path).await;
    raw(&place.path).batch_execute(APPS).unwrap();
    let title = "a ".repeat(127);
    // More places than the index is read of at a time.
    for number in 1..=90 {
        insert(&place.path, &title, number);
    }
    assert_eq!(found(&store, &with("a a a")).await, (vec![90, 89, 88], 90));
    let scheduled = VideoRoomFilter {
        state: Some(VideoRoomState::Scheduled),
        ..with("a a a")
    };
    assert_eq!(found(&store, &scheduled).await, (vec![90, 89, 88], 90));
}
