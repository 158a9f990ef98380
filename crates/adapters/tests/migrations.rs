//! What migrations may do. The release before runs on beside a store that is migrated, and after a step back: so a
//! migration only adds (*expands*). What has to go goes a release later, in a folder whose name ends in `_contract`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The migrations that made the schema, before there was a release to be minded.
const FIRST: &[&str] = &[
    "2026-11-23-000001_first",
    "2026-11-23-000002_lists",
    "2026-11-23-000003_settings",
];

/// The statements of a script, without comments, each with single spaces and without the `;` at its end.
fn statements(script: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let code = script
        .lines()
        .map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    for word in code.flat_map(str::split_whitespace) {
        words.push(word);
        let quotes: usize = words.iter().map(|word| word.matches("$$").count()).sum();
        let is_trigger = quotes == 0 && words.contains(&"TRIGGER") && words.contains(&"BEGIN");
        if word.ends_with(';') && quotes.is_multiple_of(2) && (!is_trigger || word == "END;") {
            statements.push(words.join(" ").trim_end_matches(';').to_owned());
            words.clear();
        }
    }
    assert!(words.is_empty(), "a statement without an end: {words:?}");
    statements
}

/// Why the release before could not go on beside these statements.
fn what_breaks(script: &str) -> Option<String> {
    let mut made = BTreeSet::new();
    for statement in statements(script) {
        let words: Vec<&str> = statement
            .split([' ', '('])
            .filter(|word| !word.is_empty())
            .collect();
        let has_body = words.contains(&"TRIGGER") || words.contains(&"FUNCTION");
        let is_fine = match words[..] {
            _ if statement.contains(';') && !has_body => false,
            ["CREATE", "TABLE", name, ..] | ["CREATE", "VIRTUAL", "TABLE", name, ..] => {
                made.insert(name.to_owned())
            }
            [
                "CREATE",
                "INDEX" | "VIEW" | "TRIGGER" | "FUNCTION" | "SEQUENCE",
                ..,
            ]
            | ["CREATE", "CONSTRAINT", "TRIGGER", ..]
            | ["SELECT", "1"]
            // What the server counts of an index changes its plans, and no answer.
            | ["ALTER", "INDEX", _, "ALTER", "COLUMN", _, "SET", "STATISTICS", _] => true,
            // What was allowed in a table that is there must stay so; one that is new has only what this release writes.
            ["CREATE", "UNIQUE", "INDEX", _, "ON", table, ..] | ["INSERT", "INTO", table, ..] => {
                made.contains(table)
            }
            ["ALTER", "TABLE", _, "ADD", "COLUMN", _, _, ref rest @ ..] => {
                let has = |word| rest.contains(&word);
                (has("DEFAULT") || !has("NOT")) && !has("UNIQUE") && !has("PRIMARY")
            }
            _ => false,
        };
        if !is_fine {
            return Some(statement);
        }
    }
    None
}

#[test]
fn every_migration_since_the_first_only_adds() {
    let mut seen = 0;
    for database in ["sqlite", "postgres"] {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../migrations")
            .join(database);
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if FIRST.contains(&name.as_str()) || name.ends_with("_contract") {
                continue;
            }
            let script = fs::read_to_string(entry.path().join("up.sql")).unwrap();
            let broken = what_breaks(&script);
            assert_eq!(
                broken, None,
                "{database}/{name}: the release before can't go on beside this; add what is new here, and take away \
                 what is old a release later, in a folder that ends in _contract"
            );
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} migrations were looked at");
}

#[test]
fn what_only_adds_is_told_from_what_takes_away() {
    let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\n  UPDATE c SET d = 1;\nEND;";
    let function =
        "CREATE FUNCTION f() RETURNS TRIGGER LANGUAGE plpgsql AS $$\nBEGIN\n  DELETE FROM b;\nEND\n$$;";
    for fine in [
        "CREATE TABLE a (b TEXT); CREATE UNIQUE INDEX c ON a (b); INSERT INTO a (b) SELECT d FROM e;",
        "-- DROP TABLE a;\nCREATE INDEX a ON b (c);",
        "ALTER TABLE a ADD COLUMN b TEXT CHECK (b IN ('C', 'D'));",
        "ALTER TABLE a ADD COLUMN b BIGINT NOT NULL DEFAULT 0;",
        "ALTER INDEX a ALTER COLUMN 1 SET STATISTICS 0;",
        trigger,
        function,
    ] {
        assert_eq!(what_breaks(fine), None);
    }
    for (broken, why) in [
        ("CREATE INDEX a ON b (c);\nDROP TABLE a;", "DROP TABLE a"),
        ("ALTER TABLE a DROP COLUMN b;", "ALTER TABLE a DROP COLUMN b"),
        ("ALTER TABLE a RENAME TO b;", "ALTER TABLE a RENAME TO b"),
        ("ALTER INDEX a RENAME TO b;", "ALTER INDEX a RENAME TO b"),
        (
            "ALTER TABLE a ALTER COLUMN b TYPE BIGINT;",
            "ALTER TABLE a ALTER COLUMN b TYPE BIGINT",
        ),
        (
            "ALTER TABLE a ADD COLUMN b TEXT NOT NULL;",
            "ALTER TABLE a ADD COLUMN b TEXT NOT NULL",
        ),
        (
            "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0);",
            "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)",
        ),
        (
            "CREATE UNIQUE INDEX a ON b (c);",
            "CREATE UNIQUE INDEX a ON b (c)",
        ),
        ("DELETE FROM a;", "DELETE FROM a"),
        ("CREATE TABLE a (b TEXT); DROP TABLE c;", "DROP TABLE c"),
        (
            "ALTER TABLE a ADD COLUMN b TEXT;DROP TABLE c;",
            "ALTER TABLE a ADD COLUMN b TEXT;DROP TABLE c",
        ),
    ] {
        assert_eq!(what_breaks(broken).as_deref(), Some(why));
    }
}
