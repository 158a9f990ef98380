//! Platforms on either database, with as many rooms as wanted.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::platform::Platform;
use crate::postgres::Server;

/// Which database a platform is on.
pub enum Database {
    /// A file for each platform.
    Sqlite,
    /// A database for each platform, on this server.
    Postgres(Server),
}

/// A platform, and how to reach its rooms past it.
pub struct Stored {
    /// The platform; app 1 is the caller's, member 1 has the id `1` there.
    pub platform: Platform,
    file: PathBuf,
    _directory: TempDir,
}

impl Database {
    /// Every one, or only the one of that name in small letters. A server is started for it.
    pub fn all(only: Option<&str>) -> Result<Vec<Self>> {
        let is_wanted = |name| only.is_none_or(|only| only == name);
        let mut all = Vec::new();
        if is_wanted("sqlite") {
            all.push(Self::Sqlite);
        }
        if is_wanted("postgresql") {
            all.push(Self::Postgres(Server::start()?));
        }
        Ok(all)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// A platform on a store of that name.
    pub fn platform(&self, name: &str) -> Result<Stored> {
        let directory = TempDir::new()?;
        let url = match self {
            Self::Sqlite => "sqlite:videoroom.db".to_owned(),
            Self::Postgres(server) => server.database(name)?,
        };
        let platform = Platform::start_on(directory.path(), &url)?;
        platform.api().publishing_address("1")?;
        Ok(Stored {
            platform,
            file: directory.path().join("videoroom.db"),
            _directory: directory,
        })
    }

    /// The same with that many rooms of member 1, made past the platform. A thousand have [`WORDS`] in their titles, a
    /// thousand [`SYLLABLES`], all "Benchmark" and their number.
    pub fn with_rooms(&self, name: &str, rooms: u32) -> Result<Stored> {
        let stored = self.platform(name)?;
        match self {
            Self::Sqlite => {
                let file = stored.file.to_str().context("not UTF-8")?;
                let mut conn = SqliteConnection::establish(file)?;
                let number = format!(
                    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rooms}) "
                );
                let rooms = insert("numbers", rooms, "1700000000000000 + n * 1000000", "0");
                conn.batch_execute(&format!(
                    "PRAGMA synchronous = OFF; BEGIN IMMEDIATE; {number}{rooms}; COMMIT; \
                     PRAGMA wal_checkpoint(TRUNCATE);"
                ))?;
            }
            Self::Postgres(server) => {
                let numbers = format!("generate_series(1, {rooms}) AS numbers (n)");
                let rooms = insert(&numbers, rooms, "to_timestamp(1700000000 + n)", "false");
                server.sql(
                    name,
                    &format!(
                        "ALTER TABLE video_rooms DISABLE TRIGGER USER; {rooms}; \
                         INSERT INTO video_room_counts (app_id, state, kind, access_level, total) \
                         SELECT app_id, state, kind, access_level, count(*) FROM video_rooms GROUP BY 1, 2, 3, 4; \
                         {INDEX_TITLES}; \
                         ALTER TABLE video_rooms ENABLE TRIGGER USER"
                    ),
                )?;
                server.sql(name, "VACUUM ANALYZE")?;
            }
        }
        Ok(stored)
    }
}

/// What the triggers would have done, much sooner: the index is made when the titles are there.
const INDEX_TITLES: &str = "
    DO $$
    DECLARE
        made_by TEXT := pg_get_indexdef('video_room_titles_by_part'::regclass);
    BEGIN
        DROP INDEX video_room_titles_by_part;
        INSERT INTO video_room_titles (id, app_id, title_folded, created_at)
        SELECT id, app_id, title_folded, created_at FROM video_rooms;
        EXECUTE made_by;
        ALTER INDEX video_room_titles_by_part ALTER COLUMN 1 SET STATISTICS 0;
    END
    $$";

/// Two words, of ten letters and of six.
pub const WORDS: &str = "zoological garden";

/// A word of two syllables.
pub const SYLLABLES: &str = "방송";

/// Rooms as the platform would have made them a second apart: one in a hundred was cancelled.
fn insert(numbers: &str, rooms: u32, time: &str, no: &str) -> String {
    // So that one in a hundred of these rooms is cancelled too.
    let every = rooms / 1_000 + 1;
    let words =
        format!("n || CASE n % {every} WHEN 0 THEN ' {WORDS}' WHEN 1 THEN ' {SYLLABLES}' ELSE '' END");
    format!(
        "INSERT INTO video_rooms (id, app_id, member_id, entity_state, state, kind, creator_type, creator_id, access_level, \
         title, title_folded, description, scheduled_at, channel_key, cancelled_at, forcibly_terminated, vod_state, \
         created_at, last_modified_at, version) \
         SELECT n, 1, 1, 'ACTIVE', CASE WHEN n % 100 = 0 THEN 'CANCELLED' ELSE 'SCHEDULED' END, 'BROADCAST_RTMP', 'APP', 1, \
         'PUBLIC', 'Benchmark ' || {words}, 'benchmark ' || {words}, 'A room to be measured', {time}, 'channel' || n, \
         CASE WHEN n % 100 = 0 THEN {time} END, {no}, 'NOT_ARCHIVED', {time}, {time}, 1 FROM {numbers}"
    )
}
