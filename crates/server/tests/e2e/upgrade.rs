//! A later release has migrated the store, as in a step back after an upgrade; and copies of the store.

use std::fs;
use std::path::Path;

use crate::house::House;
use crate::publisher;
use crate::sqlite::{assert_sound, sql};
use crate::support::{Directory, Options};

const LATER: &str = "20991231000001";

/// What a later release may do to the schema: tables of its own, and columns that may stay empty in all that are there.
fn migrate_as_a_later_release(file: &Path) {
    let tables = sql(
        file,
        // The tables that indexes are made of are of another type.
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
         AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    );
    let widen: Vec<_> = tables
        .lines()
        .map(|table| {
            format!(
                "ALTER TABLE {table} ADD COLUMN later_note TEXT; \
                 ALTER TABLE {table} ADD COLUMN later_count INTEGER NOT NULL DEFAULT 0;"
            )
        })
        .collect();
    assert!(widen.len() > 10, "{tables}");
    let script = format!(
        "BEGIN IMMEDIATE; CREATE TABLE later (id INTEGER NOT NULL PRIMARY KEY, room INTEGER REFERENCES video_rooms (id)); \
         INSERT INTO __diesel_schema_migrations (version) VALUES ('{LATER}'); {}",
        widen.join(" ")
    );
    sql(file, &format!("{script} COMMIT;"));
}

/// A broadcast from the first call to the last, and a list.
fn broadcast(house: &House, clip: &Path) {
    let encoder = publisher::looped_clip(clip, &house.address);
    let (room, live) = house.on_air();
    house.playlist(&live, "video.m3u8", 1);
    encoder.kill();
    house.await_room(room, "LIVE_INACTIVE");
    let ended = house.move_to(room, "ended").expect(200);
    assert_eq!(ended["videoRoomState"], "ENDED", "{ended}");
    house.await_key("INACTIVE");
    house
        .platform
        .call("GET", "/video-rooms?videoRoomState=ENDED&keyword=foo", None)
        .expect(200);
}

fn on(directory: &Directory) -> Options {
    Options::with_app()
        .within(directory)
        .set("media.segment_duration", "1s")
}

#[test]
fn a_store_that_a_later_release_has_migrated_is_served() {
    let directory = Directory::new();
    let clip = publisher::make_clip(directory.path(), 4);
    let mut house = House::with(on(&directory));
    broadcast(&house, &clip);
    migrate_as_a_later_release(&directory.path().join("data/videoroom.db"));
    broadcast(&house, &clip);
    assert!(house.platform.stop().success());

    let said = directory.run(&["migrate"]).success();
    assert!(said.contains("up to date"), "{said}");
    let mut house = House::with(on(&directory));
    house
        .platform
        .get(&format!("{}/readyz", house.platform.http))
        .expect(200);
    broadcast(&house, &clip);
    assert!(house.platform.stop().success());
    assert_sound(&directory.path().join("data/videoroom.db"));
}

#[test]
fn a_copy_made_while_it_serves_is_a_store_of_its_own() {
    for command in ["VACUUM INTO 'backup.db'", ".backup backup.db"] {
        let house = House::open();
        let room = house.room();
        let store = house.platform.directory().path().join("data/videoroom.db");
        let elsewhere = Directory::new();
        let copy = elsewhere.path().join("backup.db");
        sql(
            &store,
            &command.replace("backup.db", copy.to_str().expect("UTF-8")),
        );
        let later = house.room();

        // Restored as the manual says: nothing but the copy, in the place of the store.
        fs::create_dir(elsewhere.path().join("data")).expect("a directory");
        fs::rename(&copy, elsewhere.path().join("data/videoroom.db")).expect("the copy");
        let restored = House::with(Options::with_app().within(&elsewhere));
        assert_eq!(
            restored.get(room)["createdAt"],
            house.get(room)["createdAt"],
            "{command}"
        );
        let not_yet = restored
            .platform
            .call("GET", &format!("/video-rooms/{later}"), None);
        assert_eq!(not_yet.status, 404, "{not_yet:?}");
    }
}
