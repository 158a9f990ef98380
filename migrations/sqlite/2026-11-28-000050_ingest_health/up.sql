-- How each publisher is doing, as its process noted it some seconds ago, for the processes that do not have it.
CREATE TABLE ingest_health (
    session_id INTEGER NOT NULL PRIMARY KEY,
    -- As JSON: whoever reads it takes all of it.
    health TEXT NOT NULL,
    noted_at INTEGER NOT NULL
) STRICT;
