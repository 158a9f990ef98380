-- Requests that are done once, however often they are sent, by the key that the app gave each.
CREATE TABLE done_requests (
    app_id INTEGER NOT NULL REFERENCES apps (id),
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    -- The number of what the request made or changed.
    resource_id INTEGER NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX done_requests_by_done_at ON done_requests (done_at);
