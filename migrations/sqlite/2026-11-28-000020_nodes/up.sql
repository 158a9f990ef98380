-- The processes on this store. One is alive as long as its lease has not run out.
CREATE TABLE nodes (
    name TEXT NOT NULL PRIMARY KEY,
    -- Tells a process from those that had the name before.
    incarnation TEXT NOT NULL,
    -- Where the others send players of its media.
    public_url TEXT NOT NULL,
    -- Since when the lease has been held without a gap.
    unbroken_since INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Since when a publisher has said nothing, noted by the process that holds it.
ALTER TABLE sessions ADD COLUMN silent_since INTEGER;
