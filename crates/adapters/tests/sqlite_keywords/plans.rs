//! How SQLite goes about the queries of keywords.

use std::path::Path;

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::{migrated, place, raw};

#[derive(QueryableByName)]
struct PlanRow {
    #[diesel(sql_type = Text)]
    detail: String,
}

fn plan(path: &Path, query: &str) -> Vec<String> {
    let rows: Vec<PlanRow> = sql_query(format!("EXPLAIN QUERY PLAN {query}"))
        .load(&mut raw(path))
        .unwrap();
    rows.into_iter().map(|row| row.detail).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keywords_are_looked_up_in_the_index_of_parts() {
    let place = place();
    drop(migrated(&place.path).await);
    let plan = plan(
        &place.path,
        "SELECT r.id, r.created_at FROM (SELECT video_room_search.rowid & 1099511627775 AS id FROM video_room_search \
         WHERE video_room_search MATCH '\"abc\"' AND video_room_search.rowid >= 1 AND video_room_search.rowid < 2) AS found \
         CROSS JOIN video_room_titles AS t ON t.id = found.id CROSS JOIN video_rooms AS r ON r.id = found.id \
         WHERE instr(t.title_folded, 'abc') > 0 LIMIT 10001",
    );
    let [index, titles, rooms] = plan.as_slice() else {
        panic!("{plan:?}");
    };
    // The virtual table is asked for the parts and for both ends of the app's rows.
    assert!(
        index.starts_with("SCAN video_room_search VIRTUAL TABLE INDEX") && index.contains("><"),
        "{plan:?}"
    );
    assert!(
        titles.starts_with("SEARCH t USING INTEGER PRIMARY KEY"),
        "{plan:?}"
    );
    assert!(
        rooms.starts_with("SEARCH r USING INTEGER PRIMARY KEY"),
        "{plan:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_looked_up_in_their_indexes() {
    let place = place();
    drop(migrated(&place.path).await);
    let known = plan(
        &place.path,
        "SELECT term, doc FROM video_room_words_known WHERE term BETWEEN '1xabcd' AND '1xabcd' || x'ff' LIMIT 2",
    );
    // What the virtual table is asked for, 0x600, are both ends of its terms; 3 are the columns.
    assert_eq!(
        known,
        [format!(
            "SCAN video_room_words_known VIRTUAL TABLE INDEX {}:",
            0x603
        )]
    );
    for (by, beside, index) in [
        ("following", "preceding", "PRIMARY KEY"),
        (
            "preceding",
            "following",
            "COVERING INDEX video_room_words_begun_behind",
        ),
    ] {
        let begun = plan(
            &place.path,
            &format!(
                "SELECT r.id FROM (SELECT DISTINCT video_room_words_begun.room_id AS id FROM video_room_words_begun \
                 WHERE video_room_words_begun.app_id = 1 \
                 AND video_room_words_begun.{by} BETWEEN 'abcd' AND 'abcd' || x'ff' \
                 AND substr(video_room_words_begun.{beside}, 1, 2) = 'x ') AS found \
                 CROSS JOIN video_rooms AS r ON r.id = found.id WHERE TRUE"
            ),
        );
        assert_eq!(
            begun,
            [
                "CO-ROUTINE found",
                &format!("SEARCH video_room_words_begun USING {index} (app_id=? AND {by}>? AND {by}<?)"),
                "USE TEMP B-TREE FOR DISTINCT",
                "SCAN found",
                "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"
            ]
        );
    }
}
