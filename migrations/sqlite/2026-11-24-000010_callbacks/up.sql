-- Where an app wants to be told of its events, how far it has been told, and which process tells it.
CREATE TABLE callbacks (
    app_id INTEGER NOT NULL PRIMARY KEY REFERENCES apps (id),
    url TEXT NOT NULL,
    access_id TEXT,
    access_password TEXT,
    secret TEXT NOT NULL,
    -- The number of the last event that has a delivery.
    cursor INTEGER NOT NULL,
    holder TEXT,
    -- Counted up by the holder as long as it lives.
    beat INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_modified_at INTEGER NOT NULL
) STRICT;

-- What is to be told, and was. A delivery has its event's number.
CREATE TABLE callback_deliveries (
    app_id INTEGER NOT NULL REFERENCES apps (id),
    sequence INTEGER NOT NULL,
    -- Deliveries of one lane are sent one after another.
    lane INTEGER NOT NULL,
    entity TEXT NOT NULL CHECK (entity IN ('VIDEO_ROOM', 'STREAM_KEY')),
    entity_id INTEGER NOT NULL,
    entity_state TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    attempts INTEGER NOT NULL,
    last_status INTEGER,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    pending_since INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    delivered_at INTEGER,
    PRIMARY KEY (app_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX callback_deliveries_pending ON callback_deliveries (app_id, lane, sequence) WHERE state = 'PENDING';
