//! A look into a SQLite store past the platform, with SQLite's own shell.

use std::path::Path;
use std::process::Command;

/// Runs statements on the file. Answers rows, columns separated by `|`.
#[track_caller]
pub(crate) fn sql(file: &Path, statements: &str) -> String {
    let output = Command::new("sqlite3")
        .args(["-bail", "-cmd", ".timeout 10000"])
        .arg(file)
        .arg(statements)
        .output()
        .expect("sqlite3 is needed: apt-get install sqlite3");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{statements}: {complaints}");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// Asserts that every page, index and reference of the file is as it must be.
#[track_caller]
pub(crate) fn assert_sound(file: &Path) {
    assert_eq!(
        sql(file, "PRAGMA integrity_check; PRAGMA foreign_key_check;"),
        "ok"
    );
}
