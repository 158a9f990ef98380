-- The processes on this store. One is alive as long as its lease has not run out, by this server's clock.
CREATE TABLE nodes (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- Tells a process from those that had the name before.
    incarnation TEXT COLLATE "C" NOT NULL,
    -- Where the others send players of its media.
    public_url TEXT NOT NULL,
    -- Since when the lease has been held without a gap.
    unbroken_since TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

-- Since when a publisher has said nothing, noted by the process that holds it.
ALTER TABLE sessions ADD COLUMN silent_since TIMESTAMPTZ;
